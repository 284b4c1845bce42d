/// Words of the modules Objective and Run that nothing else runs.
module OptDsl.Tests.RunWordsTests

open System
open Expecto
open MathNet.Numerics.LinearAlgebra
open OptCore
open OptModels
open OptDsl

[<Tests>]
let tests =
    testList "words of Objective and Run" [
        testCase "test functions at points where they are known" (fun () ->
            let at point (objective: IObjective) =
                objective |> Objective.value point, objective |> Objective.gradient point

            Expect.equal (Objective.himmelblau |> at [| 3.0; 2.0 |]) (0.0, [| 0.0; 0.0 |]) "a minimum of Himmelblau's"
            // 2x(x² + y − 11)·2 + 2(x + y² − 7) at the origin: −14 and −22.
            Expect.equal (Objective.himmelblau |> at [| 0.0; 0.0 |]) (170.0, [| -14.0; -22.0 |]) "its origin"

            Expect.equal
                (Objective.rastrigin 3 |> at [| 0.0; 0.0; 0.0 |])
                (0.0, [| 0.0; 0.0; 0.0 |])
                "Rastrigin's minimum"

            Expect.equal (Objective.rastrigin 1 |> Objective.value [| 0.5 |]) 20.25 "¼ + 10·2 between two minima"
            Expect.equal (Objective.sharpAndFlat 9.0 |> Objective.value [| 0.0; 2.0 |]) 2.25 "¼ + ½·2² at the saddle"

            Expect.equal
                ((Objective.sharpAndFlat 9.0).Evaluate(ReadOnlySpan [| 0.0; 0.0 |], Span(Array.zeroCreate<float> 2)))
                0.25
                "¼")

        testCase "a quadratic out of range names its own arguments" (fun () ->
            let says (part: string) (make: unit -> IObjective) =
                Expect.throwsC (make >> ignore) (fun error ->
                    Expect.isTrue (error :? ArgumentOutOfRangeException) $"{error}"
                    Expect.stringStarts error.Message part "message")

            says "dimension = 1 is outside its range: 2 ≤ value" (fun () -> Objective.conditioned 1 10.0 1L)
            says "kappa = 0.5 is outside its range: 1 ≤ value" (fun () -> Objective.conditioned 3 0.5 1L)
            says "kappa = NaN" (fun () -> Objective.conditioned 3 nan 1L))

        testCase "options of a carry print what differs from the defaults" (fun () ->
            Expect.equal (string (CarryOptions())) "CarryOptions()" "nothing"

            Expect.equal
                (string (
                    CarryOptions(
                        Renamed = readOnlyDict [ "w", "v" ],
                        Added = readOnlyDict [ "b", [| 1.0; 2.0 |] ],
                        AllowDropped = true,
                        Restart = true
                    )
                ))
                "CarryOptions(Renamed = [w ← v], Added = [b[2]], AllowDropped = true, Restart = true)"
                "all")

        testCase "ofVectors takes and gives MathNet's vectors" (fun () ->
            let bowl = Objective.ofVectors 2 (fun x -> x.DotProduct x / 2.0) (fun x -> x)

            Expect.equal (bowl |> Objective.value [| 3.0; 4.0 |]) 12.5 "value"
            Expect.equal (bowl |> Objective.gradient [| 3.0; 4.0 |]) [| 3.0; 4.0 |] "gradient")

        testCase "traceFrom goes on where a state is" (fun () ->
            let bowl = Objective.quadratic [| 1.0; 4.0 |]
            let whole = adam 0.1 |> trace bowl [| 3.0; -2.0 |] |> Seq.truncate 8 |> List.ofSeq
            let rest = whole[3].State |> Run.traceFrom bowl |> Seq.truncate 5 |> List.ofSeq
            Expect.equal (rest |> List.map _.State) (whole |> List.skip 3 |> List.map _.State) "the same states")

        testCase "minimizeFrom starts at a MathNet vector, point ends at one" (fun () ->
            let bowl = Objective.quadratic [| 1.0; 1.0 |]

            let result =
                sgd 0.5
                |> Run.minimizeFrom (MinimizeOptions(Steps = 1L)) bowl (Vector<float>.Build.Dense [| 3.0; -4.0 |])

            Expect.equal (Run.point result) (Vector<float>.Build.Dense [| 1.5; -2.0 |]) "half way")

        testCase "words of float32: where it is exact, the numbers of float" (fun () ->
            let bowl = Objective.quadratic [| 1.0; 4.0 |]
            let single = sgd 0.25 |> minimize32 3 bowl [| 4.0f; -2.0f |]
            let wide = sgd 0.25 |> minimize 3 bowl [| 4.0; -2.0 |]
            let point: float32[] = single.Point
            Expect.equal (Array.map float point) wide.Point "minimize"
            Expect.equal single.Value wide.Value "a value is a float"

            let points =
                sgd 0.25 |> trace32 bowl [| 4.0f; -2.0f |] |> Seq.truncate 4 |> List.ofSeq

            Expect.equal (List.last points).Point point "trace"
            let options = MinimizeOptions(Steps = 2L)
            let half = sgd 0.25 |> minimizeWith32 options bowl [| 4.0f; -2.0f |]
            Expect.equal (half.State |> Run.resume 1 bowl).Point point "resume"
            Expect.equal (half.State |> Run.resumeWith (MinimizeOptions(Steps = 1L)) bowl).Point point "resumeWith"
            let plan = sgd 0.25 |> plan32 (Layout.Plain 2)
            Expect.equal (plan |> Run.plan options bowl [| 4.0f; -2.0f |]).Point half.Point "plan"
            let state = plan |> Run.init [| 4.0f; -2.0f |] |> Run.step [| 4.0f; -8.0f |]
            Expect.equal (state.ToArray()) points[1].Point "init and step"
            Expect.equal (bowl |> Objective.gradient32 [| 4.0f; -2.0f |]) [| 4.0f; -8.0f |] "gradient"

            let own =
                Objective.ofFunction32 2 (fun x -> float (x[0] * x[0] + x[1] * x[1])) (Array.map ((*) 2.0f))

            Expect.equal (sgd 0.25 |> minimize32 1 own [| 4.0f; -2.0f |]).Point [| 2.0f; -1.0f |] "ofFunction32")

        testCase "averages over rows are the running ones" (fun () ->
            let rows = [ 4.0, "a"; nan, "b"; 1.0, "c"; 9.0, "d" ]
            Expect.equal (rows |> Measure.averages 0.5 fst) (rows |> List.map (Measure.average 0.5 fst)) "each"
            Expect.equal (rows |> Measure.averages 0.5 fst) [ 4.0; 4.0; 2.0; 6.0 ] "by hand"
            Expect.throwsT<ArgumentOutOfRangeException> (fun () -> Measure.average 1.0 id |> ignore) "β < 1")

        testCase
            "words of float32 beside the loop: MathNet's vectors, values, traces of a step, costs, ranks"
            (fun () ->
                let bowl = Objective.quadratic [| 1.0; 1.0 |]

                let result =
                    sgd 0.5
                    |> Run.minimizeFrom32
                        (MinimizeOptions(Steps = 1L))
                        bowl
                        (Vector<float32>.Build.Dense [| 3.0f; -4.0f |])

                Expect.equal (Run.point result) (Vector<float32>.Build.Dense [| 1.5f; -2.0f |]) "half way"

                let own =
                    Objective.ofFunction32 1 (fun x -> float (x[0] * x[0])) (Array.map ((*) 2.0f))

                Expect.equal (own |> Objective.value32 [| 0.1f |]) (float (0.1f * 0.1f)) "a value computed in float32"

                Expect.equal
                    (bowl |> Objective.value32 [| 0.1f; 0.0f |])
                    (0.5 * (float 0.1f) ** 2.0)
                    "one computed in float"

                let plan = adam 0.5 |> plan32 (Layout.Plain 2)
                let state = plan |> Run.init [| 3.0f; -4.0f |]
                let trace = state |> Trace.step [| 3.0f; -4.0f |]

                Expect.equal
                    (string trace)
                    (string (state |> Trace.stepWith nan [| 3.0f; -4.0f |]))
                    "with and without a loss"

                Expect.equal trace.Report.GradientNorm 5.0 "‖g‖"
                Expect.equal (string (Trace.cost plan)) (string (plan.Cost())) "cost"

                let started =
                    Ranks.threads 2 (fun ranks ->
                        use session = plan |> Ranks.start ranks [| 3.0f; -4.0f |]
                        session.AsSpan().ToArray())

                Expect.equal started [| [| 3.0f; -4.0f |]; [| 3.0f; -4.0f |] |] "ranks"

                let batches =
                    OptModels.LeastSquares(array2D [ [ 1.0; 0.0 ]; [ 0.0; 1.0 ] ], [| 0.0; 0.0 |])
                    |> Objective.miniBatches 2 1L

                let shares = IO.Directory.CreateTempSubdirectory "optdsl-ranks"

                try
                    let file = IO.Path.Combine(shares.FullName, "run")

                    Ranks.threads 2 (fun ranks ->
                        use session = plan |> Ranks.start ranks [| 3.0f; -4.0f |]
                        session |> Ranks.step batches |> ignore
                        session |> Ranks.save file
                        let stored = session.AsSpan().ToArray()
                        let w = [| 0.0f; 0.0f |]
                        use bound = plan |> Ranks.bindFrom ranks file [ w ]
                        Expect.equal w stored "the arrays receive the parameters"
                        Expect.equal bound.StepCount 1L "steps"
                        session |> Ranks.step batches |> ignore
                        bound |> Ranks.stepWith [ Array.map (fun x -> x / 2.0f) w ] |> ignore
                        Expect.equal w (session.AsSpan().ToArray()) "the same step")
                    |> ignore
                finally
                    shares.Delete true

                let layout = Layout.Empty.Add("w", 2)
                let folder = IO.Directory.CreateTempSubdirectory "optdsl-renamed"

                try
                    let path = IO.Path.Combine(folder.FullName, "p.safetensors")
                    state |> Checkpoint.saveParameters path

                    Expect.equal
                        (Checkpoint.loadParametersAs32 [ "w", "parameters" ] layout path)
                        [| 3.0f; -4.0f |]
                        "renamed"
                finally
                    folder.Delete true)

        testCase "a log and a checkpoint in float32" (fun () ->
            let folder = IO.Directory.CreateTempSubdirectory "optdsl-float32"

            try
                let path name = IO.Path.Combine(folder.FullName, name)
                let bowl = Objective.conditioned 4 30.0 3L
                let start = [| 0.5f; -1.0f; 0.25f; 2.0f |]
                let result = adam 0.05 |> Run.record (path "a.log") 12 bowl start
                Expect.equal (string (Run.replay (path "a.log") bowl)) "the same for 12 updates" "replay"
                result.State |> Checkpoint.save (path "a.safetensors")
                Expect.equal (Checkpoint.restore32 (path "a.safetensors")) result.State "restore32"
                result.State |> Checkpoint.saveParameters (path "p.safetensors")

                Expect.equal
                    (Checkpoint.loadParameters32 (Layout.Plain 4) (path "p.safetensors"))
                    result.Point
                    "parameters"
            finally
                folder.Delete true)

        testCase "a network in float32: the rounded start, the same batches, its own accuracy" (fun () ->
            let digits = SyntheticDigits.Create(train = 64, test = 40, seed = 3L)

            let network =
                Network.images digits.Train
                |> Network.dense 16
                |> Network.relu
                |> Network.dense 10

            let loss = network |> Network.loss digits.Train
            let batches = loss |> Objective.miniBatches 16 1L
            let start = network |> Network.start32 1L
            Expect.equal start (network |> Network.start 1L |> Array.map float32) "start32"

            let first = sgd 0.1 |> trace32 batches start |> Seq.item 1 |> _.Point

            let gradient = Array.zeroCreate<float32> start.Length

            loss.Evaluate(batches.Batch 0L, ReadOnlySpan start, Span gradient) |> ignore

            let session = (sgd 0.1 |> plan32 (Layout.Plain start.Length)).Start start
            session.Step gradient |> ignore
            Expect.equal first (session.AsSpan().ToArray()) "the step on the first batch"

            Expect.equal
                (network |> Network.accuracy digits.Test first)
                ((network |> Network.loss digits.Test).Accuracy first)
                "accuracy")
    ]
