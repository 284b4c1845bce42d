/// Every reason for the end of a run: reached, and true.
module OptCore.Tests.Minimizing.ReasonTests

open System
open System.Threading
open Expecto
open OptCore
open OptModels
open OptCore.Tests.Minimizing.Runs

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

[<Tests>]
let tests = testList "minimize" [ reasons ]
