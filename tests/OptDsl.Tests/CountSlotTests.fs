/// Optimizers whose only state is a counter or a random generator: each state has its own.
module OptDsl.Tests.CountSlotTests

open Expecto
open OptCore
open OptDsl

let private plan = (sgd 0.1 |> noise 1.0 0.0 5).Plan 3
let private zero = [| 0.0; 0.0; 0.0 |]

[<Tests>]
let tests =
    testList "counters alone" [
        testCase "noise without any other state steps" (fun () ->
            let result =
                sgd 0.1
                |> noise 1.0 0.0 5
                |> minimize 3 (Objective.quadratic [| 1.0 |]) [| 1.0 |]

            Expect.equal result.Steps 3L "steps")
        testCase "states that are stepped in turn do not share a generator" (fun () ->
            let next state = plan.Step(state, zero)
            let alone = plan.Init zero |> next |> next |> next
            let a1, b1 = next (plan.Init zero), next (plan.Init zero)
            let a2, b2 = next a1, next b1
            Expect.equal a1 b1 "first"
            Expect.equal a2 b2 "second"
            Expect.equal (next a2) alone "third"
            Expect.equal (a1.Count "noise.state") (b1.Count "noise.state") "the old state stays as it is")
    ]
