module OptVerify.Tests.CounterExampleTests

open System
open Expecto
open OptVerify

let private points (example: CounterExample) =
    Runs.points example.Optimizer example.Objective example.Start example.Steps

[<Tests>]
let tests =
    testList "counter-examples" [
        for example in CounterExamples.all do
            testCase $"{example.Name} is flagged, its control is not" (fun () ->
                let refutation = CounterExample.run example
                Expect.isTrue refutation.IsFlagged (CounterExample.report refutation)
                Expect.stringContains (CounterExample.report refutation) "FAILS" "report"
                Expect.stringContains example.Code $"{example.Optimizer}" "code")

        testCase "CE-1: exactly 792/1225, −2208/1225, 2592/1225" (fun () ->
            let last =
                (points CounterExamples.lessardRechtPackard)[598..]
                |> Array.map Array.head
                |> Array.sort

            let expected = [| -2208.0 / 1225.0; 792.0 / 1225.0; 2592.0 / 1225.0 |]
            Array.iter2 (fun x y -> Expect.floatClose { absolute = 0.0; relative = 1e-14 } x y "point") last expected)

        testCase "CE-1: Nesterov converges where the heavy ball does not" (fun () ->
            let optimizer = Methods.nesterov (1.0 / 25.0) (2.0 / 3.0)

            let last =
                Array.last (Runs.points optimizer CounterExampleFunctions.lessardRechtPackard [| 3.3 |] 600)

            Expect.isLessThan (abs last[0]) 1e-12 "distance")

        testCase "CE-4: average regret (C−2)·2/3·… does not vanish, AMSGrad's does" (fun () ->
            let example = CounterExamples.adamStuck

            let regret optimizer =
                let path = Runs.points optimizer example.Objective example.Start 3000
                let slope t = if t % 3 = 0 then 3.0 else -1.0
                // The comparator is −1.
                (seq { 0..2999 } |> Seq.sumBy (fun t -> slope t * (path[t][0] + 1.0))) / 3000.0

            Expect.isGreaterThan (regret example.Optimizer) (2.0 / 3.0 - 1e-12) "Adam"
            let control = Expect.wantSome example.Control "AMSGrad"
            Expect.isLessThan (regret control) 0.1 "AMSGrad"
            let last = Array.last (Runs.points control example.Objective example.Start 3000)
            Expect.isLessThan last[0] -0.98 "AMSGrad ends near −1")

        testCase "CE-5: (1 + 5(1+r)) r^5" (fun () ->
            let r = 2.0 / 3.0
            let last = Array.last (points CounterExamples.transient)
            Expect.floatClose Accuracy.veryHigh (abs last[0]) ((1.0 + 5.0 * (1.0 + r)) * r ** 5.0) "factor")

        testCase "CE-5: Adam's longest step is that of AD-1" (fun () ->
            let path = points CounterExamples.adamStep
            let b1, b2, t = 0.9, 0.95, 200.0
            let gamma = b1 * b1 / b2

            let expected =
                (1.0 - b1) / (1.0 - b1 ** t)
                * sqrt ((1.0 - b2 ** t) / (1.0 - b2) * ((1.0 - gamma ** t) / (1.0 - gamma)))

            Expect.floatClose Accuracy.high (abs (path[200][0] - path[199][0])) expected "step")

        testCase "CE-7: |x| = ηλρ/(2−ηλ)" (fun () ->
            let path = points (List.head CounterExamples.constantSteps)
            Expect.floatClose Accuracy.veryHigh (abs (path[200][0])) (0.5 * 0.1 / (2.0 - 0.5)) "SAM")
    ]
