/// The way of a run: resumed, traced lazily, with gradients at probes.
module OptCore.Tests.Minimizing.PathTests

open System
open Expecto
open OptCore
open OptModels
open OptCore.Tests.Minimizing.Runs

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

[<Tests>]
let tests = testList "minimize" [ resuming; tracing; probing ]
