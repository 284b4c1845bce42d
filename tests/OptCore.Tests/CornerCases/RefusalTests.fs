/// What is refused.
module OptCore.Tests.CornerCases.RefusalTests

open System
open Expecto
open OptCore
open OptCore.Tests.CornerCases.Steps

let private thirteenth = [
    testCase "two plateaus" (fun () ->
        says [ "Plateau"; "twice" ] (fun () -> read "sgd 0.1 |> plateau 2 0.5 |> plateau 3 0.5"))

    testCase "a pattern twice in a partition" (fun () ->
        says [ "\"w\""; "twice" ] (fun () -> read "partition [\"w\", sgd 0.1; \"w\", sgd 0.2]"))

    testCase "a state of another plan" (fun () ->
        let mine, other = plain "sgd 0.1" 2, plain "sgd 0.2" 2
        says [ "another plan"; "sgd 0.2" ] (fun () -> step mine (init other [ 1.0; 2.0 ]) [ 1.0; 2.0 ])
        let longer = plain "sgd 0.1" 3
        says [ "another plan" ] (fun () -> step mine (init longer [ 1.0; 2.0; 3.0 ]) [ 1.0; 2.0 ]))

    testCase "a gradient of another plan" (fun () ->
        let plan = plain "sgd 0.1" 2
        says [ "gradient"; "3"; "2" ] (fun () -> step plan (init plan [ 1.0; 2.0 ]) [ 1.0; 2.0; 3.0 ]))

    testCase "a state given up twice" (fun () ->
        let plan = plain "sgd 0.5" 1
        let old = init plan [ 4.0 ]
        let middle = step plan old [ 1.0 ]
        plan.Step(middle, vector [ 1.0 ], reuse = old) |> ignore

        Expect.throwsT<ObjectDisposedException>
            (fun () -> plan.Step(middle, vector [ 1.0 ], reuse = old) |> ignore)
            "given up twice"

        Expect.throwsT<ObjectDisposedException> (fun () -> old.ToArray() |> ignore) "touched"
        Expect.equal (string old) "state of step 0, given up" "prints")

    testCase "overlapping spans" (fun () ->
        let plan = plain "sgd 0.5" 2
        let session = plan.Start(vector [ 1.0; 2.0 ])
        let before = session.Snapshot()
        says [ "overlaps" ] (fun () -> session.Step(session.AsSpan()))
        Expect.equal (session.Snapshot()) before "nothing has changed")

    testCase "warmupCosine with T ≤ n" (fun () ->
        says [ "Steps"; "10" ] (fun () -> WarmupCosine(10, 10))
        says [ "Steps"; "10" ] (fun () -> read "sgd 0.1 |> warmupCosine 10 9"))

    testCase "lo > hi" (fun () ->
        says [ "High"; "0.5"; "Low = 1" ] (fun () -> Box(1.0, 0.5))
        says [ "1.0"; "0.5" ] (fun () -> read "sgd 0.1 |> within 1.0 0.5"))

    testCase "a product of schedules that is not finite" (fun () ->
        let plan = plain "sgd 1e200 |> constant 1e200" 1
        let state = init plan [ 1.0 ]
        says [ "finite" ] (fun () -> step plan state [ 1.0 ])
        Expect.equal (state.ToArray()) [| 1.0 |] "the state is as it was")
]

[<Tests>]
let tests = testList "corner cases" thirteenth
