/// The loop: every reason reached and true, resumed runs, lazy traces, probes, averages, cancellation, history.
module OptCore.Tests.MinimizeTests

open System
open System.Threading
open Expecto
open OptCore

let private read (text: string) = Optimizer.Parse text

let private vector (values: float list) : float[] = Array.ofList values

/// Counts the evaluations of another objective, and keeps the steps and points that it was asked for.
type private Counting(inner: IObjective) =
    member val Steps = ResizeArray<int64>()
    member val Points = ResizeArray<float[]>()
    member this.Count = this.Points.Count

    interface IObjective with
        member _.Dimension = inner.Dimension

        member this.Evaluate(parameters: ReadOnlySpan<float>, gradient: Span<float>) =
            this.Points.Add(parameters.ToArray())
            this.Steps.Add -1L
            inner.Evaluate(parameters, gradient)

        member this.Evaluate(step: int64, parameters: ReadOnlySpan<float>, gradient: Span<float>) =
            this.Points.Add(parameters.ToArray())
            this.Steps.Add step
            inner.Evaluate(step, parameters, gradient)

let private bowl = Quadratic [| 1.0; 4.0 |]
let private start = vector [ 1.0; -2.0 ]

let private minimize (text: string) (objective: IObjective) (options: MinimizeOptions) =
    Minimizer.Minimize(read text, objective, start, options)

/// x² until the given evaluation, then something that is not finite.
let private breaksAt (evaluation: int) (bad: float) =
    let mutable count = 0

    FunctionObjective(
        2,
        FunctionObjective.ValueAndGradient(fun x g ->
            count <- count + 1
            g[0] <- if count >= evaluation then bad else x[0]
            g[1] <- x[1]
            0.5 * (x[0] * x[0] + x[1] * x[1]))
    )

let private reasons =
    testList "reasons" [
        testCase "LimitReached: exactly so many updates" (fun () ->
            let objective = Counting bowl
            let result = minimize "sgd 0.1" objective (MinimizeOptions(Steps = 7L))
            Expect.equal result.Reason Reason.LimitReached "reason"
            Expect.equal (result.Steps, result.State.Step, result.Evaluations) (7L, 7L, 8L) "counts"
            Expect.equal objective.Count 8 "evaluations, in truth"
            Expect.floatClose Accuracy.veryHigh result.Point[0] (Math.Pow(0.9, 7)) "p"
            Expect.floatClose Accuracy.veryHigh result.Point[1] (-2.0 * Math.Pow(0.6, 7)) "p")

        testCase "LimitReached: no update at all" (fun () ->
            let result = minimize "sgd 0.1" bowl (MinimizeOptions(Steps = 0L))
            Expect.equal (result.Reason, result.Steps, result.Value) (Reason.LimitReached, 0L, 8.5) "the start"
            Expect.equal result.Point start "point")

        testCase "Converged by the gradient: true at the point that is returned, at the first such one" (fun () ->
            let options = MinimizeOptions(Steps = 1000L, GradientTolerance = 1e-3)
            let result = minimize "sgd 0.1" bowl options
            Expect.equal result.Reason Reason.Converged "reason"
            let gradient = Array.zeroCreate<float> 2
            bowl.Evaluate(result.Point, gradient) |> ignore
            Expect.isLessThanOrEqual (sqrt (gradient[0] ** 2.0 + gradient[1] ** 2.0)) 1e-3 "holds"
            let before = minimize "sgd 0.1" bowl (MinimizeOptions(Steps = result.Steps - 1L))
            Expect.isGreaterThan before.GradientNorm 1e-3 "one update earlier it does not")

        testCase "Converged by the target" (fun () ->
            let result = minimize "sgd 0.1" bowl (MinimizeOptions(Steps = 1000L, Target = 0.01))
            Expect.equal result.Reason Reason.Converged "reason"
            Expect.isLessThanOrEqual (bowl.Evaluate(result.Point, Array.zeroCreate<float> 2)) 0.01 "holds")

        testCase "Converged is not said because a mini-batch looks so" (fun () ->
            // Sample 0 is content at 0, sample 1 pulls away from it.
            let sum = LeastSquares(array2D [ [ 1.0 ]; [ 1.0 ] ], [| 0.0; 2.0 |])
            let batches = MiniBatches(sum, 1, 1L, Shuffle = false)
            let options = MinimizeOptions(Steps = 4L, GradientTolerance = 1e-6)
            let result = Minimizer.Minimize(read "sgd 0.001", batches, vector [ 0.0 ], options)
            Expect.equal result.Reason Reason.LimitReached "reason"
            Expect.equal result.Steps 4L "all updates"
            Expect.isGreaterThan result.GradientNorm 0.9 "of the whole sum")

        testCase "Stalled: no improvement for so many updates" (fun () ->
            let flat = FunctionObjective.OfArrays(2, (fun _ -> 1.0), (fun _ -> [| 1.0; 1.0 |]))
            let result = minimize "sgd 0.1" flat (MinimizeOptions(Steps = 1000L, Patience = 5L))
            Expect.equal (result.Reason, result.Steps) (Reason.Stalled, 5L) "after five")

        testCase "Stalled by the tolerance" (fun () ->
            let options = MinimizeOptions(Steps = 1000L, Patience = 1L, ValueTolerance = 0.5)
            // Each update multiplies the value by 0.81 at most … by 0.36 at best.
            let result =
                Minimizer.Minimize(read "sgd 0.1", Quadratic [| 1.0 |], vector [ 1.0 ], options)

            Expect.equal result.Reason Reason.Stalled "0.81 is no improvement by half")

        testTheory "Diverged: beyond the threshold, with the step" [ 10.0; 1e3; 1e10 ] (fun threshold ->
            let options = MinimizeOptions(Steps = 1000L, DivergenceThreshold = threshold)

            let result =
                Minimizer.Minimize(read "sgd 3.0", Quadratic [| 1.0 |], vector [ 1.0 ], options)

            Expect.equal result.Reason Reason.Diverged "reason"
            // |x_t| = 2^t, f = 4^t/2
            let first =
                Seq.initInfinite id
                |> Seq.find (fun t -> 0.5 * Math.Pow(4.0, t) - 0.5 > threshold)

            Expect.equal result.DivergedAt (Nullable(int64 first)) "the first beyond it"
            Expect.equal result.Point [| Math.Pow(-2.0, float first) |] "the last point"

            match result.Best with
            | null -> failtest "no best point"
            | best -> Expect.equal (best.Step, best.Value, best.Point) (0L, 0.5, [| 1.0 |]) "the best is the start")

        testTheory "Diverged: a gradient that is not finite after an update" [ nan; infinity; -infinity ] (fun bad ->
            let result = minimize "sgd 0.1" (breaksAt 4 bad) (MinimizeOptions(Steps = 100L))
            Expect.equal (result.Reason, result.DivergedAt) (Reason.Diverged, Nullable 3L) "reason"
            Expect.isTrue (Array.forall Double.IsFinite result.Point) "the bad gradient was not applied")

        testTheory "NonFinite: at the start" [ nan; infinity ] (fun bad ->
            let result = minimize "sgd 0.1" (breaksAt 1 bad) (MinimizeOptions(Steps = 100L))
            Expect.equal (result.Reason, result.Steps) (Reason.NonFinite, 0L) "reason"
            Expect.equal result.Point start "point")

        testCase "NonFinite: skipNonFinite gives up" (fun () ->
            let objective = Counting(breaksAt 4 nan)

            let result =
                minimize "sgd 0.1 |> skipNonFinite 3" objective (MinimizeOptions(Steps = 100L))

            Expect.equal (result.Reason, result.Steps) (Reason.NonFinite, 3L) "reason"
            Expect.isTrue (Array.forall Double.IsFinite result.Point) "point"
            // A refused gradient is followed by the next mini-batch.
            Expect.equal (List.ofSeq objective.Steps |> List.truncate 6) [ 0L; 1L; 2L; 3L; 4L; 5L ] "steps")

        testCase "TimeLimit" (fun () ->
            let slow =
                FunctionObjective.OfArrays(
                    2,
                    (fun _ ->
                        Thread.Sleep 5
                        1.0),
                    (fun _ -> [| 1.0; 1.0 |])
                )

            let options =
                MinimizeOptions(Steps = 1_000_000L, TimeLimit = TimeSpan.FromMilliseconds 60.0)

            let result = minimize "sgd 0.1" slow options
            Expect.equal result.Reason Reason.TimeLimit "reason"
            Expect.isGreaterThanOrEqual result.Elapsed.TotalMilliseconds 60.0 "time"
            Expect.isLessThan result.Steps 1000L "not all")

        testCase "Cancelled: before the next gradient" (fun () ->
            use source = new CancellationTokenSource()
            let mutable count = 0

            let objective =
                FunctionObjective.OfArrays(
                    2,
                    (fun _ ->
                        count <- count + 1

                        if count = 3 then
                            source.Cancel()

                        1.0),
                    (fun _ -> [| 1.0; 1.0 |])
                )

            let result =
                Minimizer.Minimize(read "sgd 0.25", objective, start, MinimizeOptions.Default, source.Token)

            Expect.equal (result.Reason, result.Steps) (Reason.Cancelled, 3L) "after the update in hand"
            Expect.equal result.Point [| 0.25; -2.75 |] "three updates")
    ]

let private resuming =
    testList "resume" [
        testTheory
            "goes on as if nothing had happened, bit for bit"
            [
                "adam 0.05 |> clip 1.0 |> cosine 40"
                "sgd 0.05 |> nag 0.9 |> average 0.9"
                "sgd 0.05 |> sam 0.1 |> momentum 0.9"
                "sgd 0.05 |> accumulate 3 |> velocity 0.5"
                "rmsProp 0.01 |> noise 0.01 0.5 3 |> polyakAverage"
                "sgd 0.05 |> plateau 3 0.5 |> lookahead 4 0.5"
                "adam 0.05 |> skipNonFinite 3"
            ]
            (fun text ->
                let rows = Array2D.init 17 3 (fun i j -> float ((i * 7 + j * 3) % 11) / 4.0 - 1.0)

                let objective =
                    MiniBatches(LeastSquares(rows, Array.init 17 (fun i -> float (i % 4))), 4, 2L)

                let begun = vector [ 1.0; -1.0; 0.5 ]
                let steps (n: int) = MinimizeOptions(Steps = int64 n)
                let whole = Minimizer.Minimize(read text, objective, begun, steps 30)

                for first in [ 1; 7; 29 ] do
                    let half = Minimizer.Minimize(read text, objective, begun, steps first)
                    let rest = Minimizer.Minimize(half.State, objective, steps (30 - first))
                    Expect.equal rest.State whole.State $"state, in two parts from {first}"
                    Expect.equal (rest.Value, rest.GradientNorm) (whole.Value, whole.GradientNorm) "value"

                    Expect.equal
                        (Seq.append half.History rest.History |> List.ofSeq)
                        (List.ofSeq whole.History)
                        "history")

        testCase "the same run gives the same result, time apart" (fun () ->
            let run () =
                minimize "adam 0.1 |> noise 0.1 0.5 1" bowl (MinimizeOptions(Steps = 20L))

            Expect.equal (run ()) (run ()) "equal"
            Expect.equal (run().GetHashCode()) (run().GetHashCode()) "hash")
    ]

let private tracing =
    testList "trace" [
        testCase "lazy: nothing before the first element, one gradient for each" (fun () ->
            let objective = Counting bowl
            let trace = Minimizer.Trace(read "sgd 0.25", objective, start)
            Expect.equal objective.Count 0 "nothing yet"
            use iterates = trace.GetEnumerator()
            Expect.equal objective.Count 0 "nothing yet"

            for n in 1..5 do
                iterates.MoveNext() |> ignore
                Expect.equal objective.Count n $"element {n}")

        testCase "the start first; enumerating again runs again" (fun () ->
            let trace =
                Minimizer.Trace(read "sgd 0.25", Quadratic [| 1.0; 2.0 |], vector [ 4.0; 4.0 ])

            let points = [ for p in Seq.truncate 3 trace -> p.Step, List.ofArray p.Point ]
            Expect.equal points [ 0L, [ 4.0; 4.0 ]; 1L, [ 3.0; 2.0 ]; 2L, [ 2.25; 1.0 ] ] "points"
            Expect.equal [ for p in Seq.truncate 3 trace -> p.Value ] [ 24.0; 8.5; 3.53125 ] "values"
            Expect.equal (List.ofSeq (Seq.truncate 3 trace)) (List.ofSeq (Seq.truncate 3 trace)) "again")

        testCase "its states are their own: kept ones do not change, and steps go on from them" (fun () ->
            let trace = Minimizer.Trace(read "adam 0.1", bowl, start)
            let kept = Seq.item 2 trace
            let copy = kept.Point
            Seq.item 10 trace |> ignore
            Expect.equal kept.Point copy "unchanged"
            let onwards = Minimizer.Minimize(kept.State, bowl, MinimizeOptions(Steps = 3L))
            Expect.equal onwards.State (Seq.item 5 trace).State "goes on")

        testCase "ends behind a value that is not finite" (fun () ->
            let points = Minimizer.Trace(read "sgd 0.1", breaksAt 4 nan, start) |> List.ofSeq
            Expect.equal [ for p in points -> p.Step ] [ 0L; 1L; 2L; 3L ] "steps"
            Expect.isTrue (Double.IsNaN (List.last points).GradientNorm) "the last one says it")

        testCase "agrees with minimize" (fun () ->
            let text = "sgd 0.05 |> nag 0.9 |> linear 9"
            let last = Minimizer.Trace(read text, bowl, start) |> Seq.item 6
            Expect.equal last.State (minimize text bowl (MinimizeOptions(Steps = 6L))).State "state")
    ]

let private probing =
    testList "probes" [
        testCase "nag: evaluated at p − η β v, and nesterov stores these points" (fun () ->
            let objective = Counting bowl
            minimize "sgd 0.1 |> nag 0.5" objective (MinimizeOptions(Steps = 12L)) |> ignore
            let nesterov = Minimizer.Trace(read "sgd 0.1 |> nesterov 0.5", bowl, start)

            for t, point in Seq.indexed (Seq.truncate 12 objective.Points) do
                let stored = (Seq.item t nesterov).Point

                for i in 0..1 do
                    Expect.floatClose Accuracy.veryHigh point[i] stored[i] $"point {t}")

        testCase "nag: values in the history are those of the look-ahead point, the result's that of p" (fun () ->
            let objective = Counting bowl
            let result = minimize "sgd 0.1 |> nag 0.5" objective (MinimizeOptions(Steps = 3L))

            let at (point: float[]) =
                bowl.Evaluate(point, Array.zeroCreate<float> 2)

            Expect.equal
                [ for h in result.History -> h.Value ]
                [ for p in Seq.truncate 3 objective.Points -> at p ]
                "history"

            Expect.equal result.Value (at result.Point) "result")

        testCase "sam: two gradients, the second at p + ρ g/‖g‖, the step from p" (fun () ->
            let objective = Counting(Quadratic [| 3.0; 4.0 |])

            let result =
                Minimizer.Minimize(
                    read "sgd 0.5 |> sam 5.0",
                    objective,
                    vector [ 1.0; 1.0 ],
                    MinimizeOptions(Steps = 1L)
                )
            // g = (3, 4), ‖g‖ = 5: the point (4, 5), its gradient (12, 20).
            Expect.equal (List.ofSeq objective.Points |> List.truncate 2) [ [| 1.0; 1.0 |]; [| 4.0; 5.0 |] ] "points"
            Expect.equal result.Point [| -5.0; -9.0 |] "p − ½ (12, 20)"
            Expect.equal result.Evaluations 3L "evaluations")
    ]

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
let tests = testList "minimize" [ reasons; resuming; tracing; probing; keeping ]
