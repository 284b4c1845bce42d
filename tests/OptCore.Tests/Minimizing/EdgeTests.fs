/// The loop at its edges: where divergence is measured from, when suspicions are looked into, what the last point adds.
module OptCore.Tests.Minimizing.EdgeTests

open System
open Expecto
open OptCore
open OptCore.Tests.Minimizing.Runs

/// Values and slopes of one parameter by the step that asks; the whole objective, which no step asks for, apart.
type private Script(value: int64 -> float, slope: int64 -> float, whole: float * float) =
    member val Wholes = 0 with get, set

    interface IObjective with
        member _.Dimension = 1

        member this.Evaluate(_: ReadOnlySpan<float>, gradient: Span<float>) =
            this.Wholes <- this.Wholes + 1
            gradient[0] <- snd whole
            fst whole

        member _.Evaluate(step: int64, _: ReadOnlySpan<float>, gradient: Span<float>) =
            gradient[0] <- slope step
            value step

let private run (objective: IObjective) (text: string) (options: MinimizeOptions) =
    Minimizer.Minimize(read text, objective, vector [ 0.0 ], options)

[<Tests>]
let tests =
    testList "minimize" [
        testTheory
            "divergence is measured from the first value"
            [
                100.0, 200.0, false
                100.0, 200.5, true
                -100.0, 0.0, false
                -100.0, 0.5, true
                0.5, 1.5, false
                0.5, 1.75, true
            ]
            (fun (first, later, diverges) ->
                let script =
                    Script((fun step -> if step = 0L then first else later), (fun _ -> 1.0), (later, 1.0))

                let result =
                    run script "sgd 0.1" (MinimizeOptions(Steps = 5L, DivergenceThreshold = 1.0))

                let expected = if diverges then Reason.Diverged else Reason.LimitReached
                Expect.equal result.Reason expected "reason"
                Expect.equal result.DivergedAt (if diverges then Nullable 1L else Nullable()) "at")

        testCase "a suspicion that is refuted waits twice as long each time" (fun () ->
            // Every batch looks converged, the whole is not: looked into at the steps 0, 1, 3, 7, 15, 31, 63, and at the end.
            let script = Script((fun _ -> 1.0), (fun _ -> 0.0), (1.0, 1.0))

            let result =
                run script "sgd 0.1" (MinimizeOptions(Steps = 100L, GradientTolerance = 0.5))

            Expect.equal (result.Reason, result.Steps) (Reason.LimitReached, 100L) "end"
            Expect.equal script.Wholes 8 "evaluations of the whole")

        testCase "the best point may be the last one" (fun () ->
            let result = minimize "sgd 0.1" bowl (MinimizeOptions(Steps = 5L))
            let best = Option.ofObj result.Best |> Option.get
            Expect.equal (best.Value, best.Step) (result.Value, 5L) "value and step"
            Expect.equal best.Point result.Point "point")

        testCase "a run that goes on keeps every n-th of its own updates" (fun () ->
            let options = MinimizeOptions(Steps = 7L, HistoryEvery = 3)
            let first = minimize "sgd 0.1" bowl (MinimizeOptions(Steps = 5L, HistoryEvery = 3))
            let second = Minimizer.Minimize(first.State, bowl, options)
            Expect.equal [ for point in first.History -> point.Step ] [ 0L; 3L ] "first"
            Expect.equal [ for point in second.History -> point.Step ] [ 5L; 8L; 11L ] "second")

        testCase "of two averages the first one declared is returned, tensor by tensor" (fun () ->
            let averaged (text: string) =
                let result = minimize text bowl (MinimizeOptions(Steps = 4L))
                result, Option.ofObj result.Averaged |> Option.get

            let result, average = averaged "sgd 0.1 |> average 0.5 |> polyakAverage"
            Expect.equal average (result.State.Slot "average") "average first"
            Expect.notEqual average (result.State.Slot "polyakAverage") "and not the other one"
            let result, average = averaged "sgd 0.1 |> polyakAverage |> average 0.5"
            Expect.equal average (result.State.Slot "polyakAverage") "polyakAverage first")

        testList "what the number of steps says of the schedules is in the result" [
            let codes (text: string) (steps: int64) = [
                for w in (minimize text bowl (MinimizeOptions(Steps = steps))).Warnings -> w.Code
            ]

            testCase "one that ends early" (fun () ->
                Expect.equal (codes "sgd 0.1 |> cosine 10" 20L) [ "schedule-ends-early" ] "20 updates"
                Expect.equal (codes "sgd 0.1 |> cosine 10" 10L) [] "10 updates")

            testCase "one that is cut short" (fun () ->
                Expect.equal (codes "sgd 0.1 |> cosine 10" 5L) [ "schedule-cut-short" ] "5 updates")

            testCase "nothing that has not to do with steps" (fun () ->
                Expect.equal (codes "adam 0.1 |> l2 0.1" 20L) [] "other warnings are those of the optimizer")

            testCase "a run that goes on counts from its start" (fun () ->
                let first = minimize "sgd 0.1 |> cosine 10" bowl (MinimizeOptions(Steps = 10L))
                let second = Minimizer.Minimize(first.State, bowl, MinimizeOptions(Steps = 100L))
                Expect.equal [ for w in second.Warnings -> w.Code ] [ "schedule-ends-early" ] "behind the end"
                Expect.stringContains second.Warnings[0].Message "the run takes 110 steps" "message")
        ]

        testCase "one of a thing is told in the singular" (fun () ->
            let result = minimize "sgd 0.1" bowl (MinimizeOptions(Steps = 0L))
            Expect.stringContains (string result) "1 evaluation," "evaluation"
            let result = minimize "sgd 0.1" bowl (MinimizeOptions(Steps = 1L))
            Expect.stringContains (string result) "after 1 update:" "update")
    ]
