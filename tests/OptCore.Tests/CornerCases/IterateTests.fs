/// What acts on the iterates: constraints, averages, slow weights.
module OptCore.Tests.CornerCases.IterateTests

open Expecto
open OptCore
open OptModels
open OptCore.Tests.CornerCases.Steps

let private ninth = [
    testCase "a constraint acts on all tensors in scope as one vector, frozen ones excluded" (fun () ->
        let tensors = layout [ "a", 1; "b", 1; "c", 1 ]
        let zero = [ [ 0.0; 0.0; 0.0 ] ]
        let all = after (named "sgd 1.0 |> ball 5.0" tensors) [ 6.0; 8.0; 0.0 ] zero
        Expect.equal all [ 3.0; 4.0; 0.0 ] "one ball"

        let frozen =
            after (named "sgd 1.0 |> ball 5.0 |> freeze \"c\"" tensors) [ 6.0; 8.0; 100.0 ] zero

        Expect.equal frozen [ 3.0; 4.0; 100.0 ] "c is not in it"

        let scoped =
            after (named "sgd 1.0 |> only \"a\" (ball 5.0)" tensors) [ 6.0; 8.0; 0.0 ] zero

        Expect.equal scoped [ 5.0; 8.0; 0.0 ] "a alone")

    testCase "simplex of 0 elements is an error" (fun () ->
        says [ "simplex"; "0" ] (fun () -> plain "sgd 1.0 |> simplex 1.0" 0)

        says [ "simplex"; "0" ] (fun () -> named "sgd 1.0 |> only \"a\" (simplex 1.0)" (layout [ "a", 0; "b", 2 ]))

        says [ "simplex"; "0" ] (fun () -> named "sgd 1.0 |> simplex 1.0 |> freeze \"*\"" (layout [ "a", 3 ])))

    testCase "normalize and sam use the norm over the scope" (fun () ->
        let tensors = layout [ "a", 2; "b", 1 ]

        let plan =
            named "sgd 1.0 |> only \"a\" (normalizeWith (Normalize(Epsilon = 0.0)))" tensors

        Expect.equal (after plan [ 0.0; 0.0; 0.0 ] [ [ 2.0; 0.0; 7.0 ] ]) [ -1.0; 0.0; -7.0 ] "normalize"
        let sam = named "sgd 1.0 |> only \"a\" (sam 5.0)" tensors
        Expect.equal (sam.Point(init sam [ 0.0; 0.0; 0.0 ], vector [ 3.0; 4.0; 7.0 ])) [| 3.0; 4.0; 0.0 |] "sam")
]

let private tenth = [
    testCase "averages and slow weights start at p_0" (fun () ->
        let plan = plain "sgd 0.5 |> lookahead 2 0.5 |> average 0.5 |> polyakAverage" 2
        let state = init plan [ 1.0; 2.0 ]
        Expect.equal (List.ofSeq state.SlotNames) [ "lookahead.slow"; "average"; "polyakAverage" ] "slots"

        for slot in state.SlotNames do
            Expect.equal (state.Slot slot) [| 1.0; 2.0 |] slot)

    testCase "average copies the first iterate, polyakAverage is the mean of p_1 … p_t" (fun () ->
        let plan = plain "sgd 1.0 |> average 0.5 |> polyakAverage" 1
        let states = List.scan (step plan) (init plan [ 9.0 ]) [ [ 1.0 ]; [ 2.0 ]; [ 3.0 ] ]
        Expect.equal [ for s in states -> s.ToArray()[0] ] [ 9.0; 8.0; 6.0; 3.0 ] "p is untouched"
        Expect.equal [ for s in states -> (s.Slot "average")[0] ] [ 9.0; 8.0; 7.0; 5.0 ] "average"
        Expect.floatClose Accuracy.veryHigh (Array.head (states[3].Slot "polyakAverage")) (17.0 / 3.0) "mean"
        Expect.equal (states[2].Slot "polyakAverage") [| 7.0 |] "mean of two")

    // a + (p − a) is not p in floating point.
    testCase "what is copied has the bits of p" (fun () ->
        let random = System.Random 3

        let numbers () =
            Array.init 200 (fun _ -> 2.0 * random.NextDouble() - 1.0)

        for stage in [ PolynomialAverage 8.0 :> IStage; TargetUpdate 1 ] do
            let plan = (Optimizer.Sgd 0.7).With(stage).Plan<float>(Layout.Empty.Add("w", 200))
            let state = plan.Step(plan.Init(numbers ()), numbers ())
            Expect.equal (state.Slot(Seq.exactlyOne state.SlotNames)) (state.ToArray()) $"{stage}")

    testCase "lookahead pulls p back and resets nothing else" (fun () ->
        let plan = plain "sgd 1.0 |> momentum 0.5 |> lookahead 2 0.5" 1

        let states =
            List.scan (step plan) (init plan [ 16.0 ]) [ [ 4.0 ]; [ 4.0 ]; [ 4.0 ] ]
        // v: 4, 6, 7; p: 12, then 6 → slow = 16 + ½(6 − 16) = 11, then 11 − 7
        Expect.equal [ for s in states -> s.ToArray()[0] ] [ 16.0; 12.0; 11.0; 4.0 ] "p"
        Expect.equal [ for s in states -> (s.Slot "momentum.v")[0] ] [ 0.0; 4.0; 6.0; 7.0 ] "v goes on"
        Expect.equal [ for s in states -> (s.Slot "lookahead.slow")[0] ] [ 16.0; 16.0; 11.0; 11.0 ] "slow")

    testCase "Result.Averaged is the average; objectives are evaluated at p" (fun () ->
        let bowl = Quadratic [| 1.0 |]

        let run text =
            Minimizer.Minimize(read text, bowl, vector [ 8.0 ], MinimizeOptions(Steps = 3L))

        let averaged, bare = run "sgd 0.5 |> polyakAverage", run "sgd 0.5"
        Expect.equal averaged.Point bare.Point "the same iterates"
        Expect.equal averaged.Value bare.Value "the same value"

        match averaged.Averaged with
        | null -> failtest "no average"
        | mean -> Expect.floatClose Accuracy.veryHigh mean[0] ((4.0 + 2.0 + 1.0) / 3.0) "mean"

        Expect.isNull bare.Averaged "without an average: null")
]

[<Tests>]
let tests = testList "corner cases" [ yield! ninth; yield! tenth ]
