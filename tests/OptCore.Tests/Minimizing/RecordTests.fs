/// What a run keeps: history, best point, averages, progress, text.
module OptCore.Tests.Minimizing.RecordTests

open System
open Expecto
open OptCore
open OptModels
open OptCore.Tests.Minimizing.Runs

/// Every update sees a gradient of 0; the whole objective has one of 1.
type private Refuted() =
    interface IObjective with
        member _.Dimension = 2

        member _.Evaluate(_: ReadOnlySpan<float>, gradient: Span<float>) =
            gradient.Fill 1.0
            1.0

        member _.Evaluate(_: int64, _: ReadOnlySpan<float>, gradient: Span<float>) =
            gradient.Clear()
            1.0

let private keeping =
    testList "what a run keeps" [
        testCase "accumulate: values and gradients are means, micro-batches differ" (fun () ->
            let objective = Counting(Quadratic [| 1.0; 1.0 |])

            let result =
                minimize "sgd 0.5 |> accumulate 3" objective (MinimizeOptions(Steps = 2L))

            Expect.equal (List.ofSeq objective.Steps) [ 0L; 1L; 2L; 3L; 4L; 5L; -1L ] "steps t·n + i"
            Expect.hasLength result.History 2 "one point per update"
            Expect.floatClose Accuracy.veryHigh result.History[0].Value 2.5 "mean value")

        testCase "history: every n-th update from the first on" (fun () ->
            let steps every =
                let result =
                    minimize "sgd 0.1" bowl (MinimizeOptions(Steps = 10L, HistoryEvery = every))

                [ for h in result.History -> h.Step ]

            Expect.equal (steps 1) [ 0L .. 9L ] "every one"
            Expect.equal (steps 4) [ 0L; 4L; 8L ] "every fourth"
            Expect.equal (steps 0) [] "none")

        testCase "history: rate, value and gradient that the update saw" (fun () ->
            let run =
                Minimizer.Minimize(
                    read "sgd 0.5 |> linear 4",
                    Quadratic [| 1.0 |],
                    vector [ 4.0 ],
                    MinimizeOptions(Steps = 3L)
                )

            Expect.equal
                [ for h in run.History -> h.Step, h.Value, h.GradientNorm, h.Rate ]
                [ 0L, 8.0, 4.0, 0.5; 1L, 2.0, 2.0, 0.375; 2L, 0.78125, 1.25, 0.25 ]
                "rows")

        testCase "best: the smallest value met and where; not kept when not wanted" (fun () ->
            // 1, −2, 4: the first is the best.
            let run keep =
                Minimizer.Minimize(
                    read "sgd 3.0",
                    Quadratic [| 1.0 |],
                    vector [ 1.0 ],
                    MinimizeOptions(Steps = 2L, KeepBest = keep)
                )

            match (run true).Best with
            | null -> failtest "no best point"
            | best -> Expect.equal (best.Step, best.Point) (0L, [| 1.0 |]) "best"

            Expect.isNull (run false).Best "not kept")

        testCase "averages, in a scope: the other tensors as they are" (fun () ->
            let plan =
                (read "sgd 0.5 |> only \"a\" (polyakAverage)").Plan<float>(Layout.Empty.Add("a", 1).Add("b", 1))

            let result =
                Minimizer.Minimize(plan, Quadratic [| 1.0; 1.0 |], vector [ 8.0; 8.0 ], MinimizeOptions(Steps = 2L))

            Expect.equal result.Averaged [| 3.0; 2.0 |] "mean of 4 and 2 beside p"
            Expect.equal result.Point [| 2.0; 2.0 |] "p")

        testCase "frozen tensors are out of the gradient's norm" (fun () ->
            let plan =
                (read "sgd 0.5 |> freeze \"b\"").Plan<float>(Layout.Empty.Add("a", 1).Add("b", 1))

            let options = MinimizeOptions(Steps = 100L, GradientTolerance = 1e-9)

            let result =
                Minimizer.Minimize(plan, Quadratic [| 1.0; 1.0 |], vector [ 8.0; 8.0 ], options)

            Expect.equal result.Reason Reason.Converged "over a alone"
            Expect.equal result.Point[1] 8.0 "b")

        testCase "progress: the last report says that the run is over" (fun () ->
            let seen = ResizeArray<Progress>()

            let progress = {
                new IProgress<Progress> with
                    member _.Report value = seen.Add value
            }

            let options =
                MinimizeOptions(Steps = 5L, Progress = progress, ProgressEvery = TimeSpan.Zero)

            let result = minimize "sgd 0.1" bowl options
            Expect.equal [ for p in seen -> p.Done ] [ 1L; 2L; 3L; 4L; 5L; 5L ] "done"
            Expect.equal [ for p in seen -> p.Finished ] [ false; false; false; false; false; true ] "finished"
            let last = seen[seen.Count - 1]
            Expect.equal (last.Value, last.Fraction) (result.Value, 1.0) "the result's value")

        testCase "progress: whatever ends a run, one report says that it is over, and it is the last" (fun () ->
            for text, objective, options, reason in
                [
                    "sgd 0.1", bowl :> IObjective, MinimizeOptions(Steps = 5L), Reason.LimitReached
                    "sgd 0.1", bowl, MinimizeOptions(Steps = 0L), Reason.LimitReached
                    "sgd 0.1", bowl, MinimizeOptions(Steps = 500L, GradientTolerance = 1e-3), Reason.Converged
                    "sgd 0.1", bowl, MinimizeOptions(Steps = 500L, Target = 1e-3), Reason.Converged
                    "sgd 1.0", bowl, MinimizeOptions(Steps = 500L, DivergenceThreshold = 1e3), Reason.Diverged
                    "sgd 0.1", breaksAt 1 nan, MinimizeOptions(Steps = 500L), Reason.NonFinite
                    "sgd 0.1", breaksAt 3 nan, MinimizeOptions(Steps = 500L), Reason.Diverged
                    "sgd 0.1", Refuted(), MinimizeOptions(Steps = 7L, GradientTolerance = 0.5), Reason.LimitReached
                ] do
                let seen = ResizeArray<Progress>()

                let progress = {
                    new IProgress<Progress> with
                        member _.Report value = seen.Add value
                }

                let result =
                    minimize
                        text
                        objective
                        (MinimizeOptions(
                            Steps = options.Steps,
                            GradientTolerance = options.GradientTolerance,
                            Target = options.Target,
                            DivergenceThreshold = options.DivergenceThreshold,
                            Progress = progress,
                            ProgressEvery = TimeSpan.Zero
                        ))

                Expect.equal result.Reason reason $"{reason}"

                Expect.equal
                    [
                        for p in seen do
                            if p.Finished then
                                p.Done
                    ]
                    [ result.Steps ]
                    $"{reason}: once"

                Expect.isTrue seen[seen.Count - 1].Finished $"{reason}: at the end"
                Expect.equal seen[seen.Count - 1].Value result.Value $"{reason}: the result's value")

        testCase "one line of text each" (fun () ->
            let result = minimize "sgd 0.25" bowl (MinimizeOptions(Steps = 3L))

            for text in
                [
                    string result
                    string result.History[0]
                    string (Option.ofObj result.Best |> Option.get)
                ] do
                Expect.isFalse (text.Contains '\n') text

            Expect.stringStarts (string result) "LimitReached after 3 updates: value 0.0889893" "result"
            Expect.stringContains (string result) "4 evaluations" "evaluations")
    ]

[<Tests>]
let tests = testList "minimize" [ keeping ]
