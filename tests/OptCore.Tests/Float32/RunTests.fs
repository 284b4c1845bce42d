/// The loop in float32: its steps are those of a session, its logs and checkpoints give the same bits again.
module OptCore.Tests.Float32.RunTests

open System
open System.IO
open System.Threading
open Expecto
open OptCore
open OptModels
open OptCore.Tests.BadInput.Refusals
open OptCore.Tests.Checkpoints.Published
open OptCore.Tests.Minimizing
open OptCore.Tests.Minimizing.Disturbed

let private bits (values: float32[]) =
    values |> Array.map BitConverter.SingleToInt32Bits

let private start = Array.map float32 Disturbed.start

let private minimize (text: string) (objective: IObjective) (options: MinimizeOptions) =
    Minimizer.Minimize<float32>(Optimizer.Parse text, objective, ReadOnlySpan start, options)

/// One bit more in one element of the gradient of one step.
type private Bent(step: int64, index: int) =
    interface IObjective<float32> with
        member _.Evaluate(parameters: ReadOnlySpan<float32>, gradient: Span<float32>) =
            parameters.CopyTo gradient
            float parameters[0]

        member this.Evaluate(t: int64, parameters: ReadOnlySpan<float32>, gradient: Span<float32>) =
            let value = (this :> IObjective<float32>).Evaluate(parameters, gradient)

            if t = step then
                gradient[index] <- MathF.BitIncrement gradient[index]

            value

    interface IObjective with
        member _.Dimension = 4
        member _.Evaluate(_: ReadOnlySpan<float>, _: Span<float>) : float = failwith "asked for doubles"

[<Tests>]
let tests =
    testList "float32/run" [
        testCase "the loop makes the steps of a session" (fun () ->
            for text, broken in pipelines do
                let objective = quiet broken
                let result = minimize text objective (MinimizeOptions(Steps = 20L))

                let session =
                    (Optimizer.Parse text).Plan<float32>(Layout.Plain 4).Start(ReadOnlySpan start)

                while session.StepCount < 20L do
                    session.Step objective |> ignore

                Expect.equal (bits result.Point) (bits (session.AsSpan().ToArray())) text
                Expect.equal result.State (session.Snapshot()) text)

        testCase "the iterates of a trace, and a run that goes on" (fun () ->
            for text, broken in pipelines do
                let objective = quiet broken
                let whole = minimize text objective (MinimizeOptions(Steps = 20L))

                let trace =
                    Minimizer.Trace<float32>(Optimizer.Parse text, objective, ReadOnlySpan start)

                Expect.equal (bits (Seq.item 20 trace).Point) (bits whole.Point) $"{text}, trace"
                let half = minimize text objective (MinimizeOptions(Steps = 7L))
                let rest = Minimizer.Minimize(half.State, objective, MinimizeOptions(Steps = 13L))
                Expect.equal rest.State whole.State $"{text}, resumed"
                Expect.equal rest.Value whole.Value $"{text}, value")

        testCase "where float32 is exact: the run in double" (fun () ->
            for text in
                [
                    "sgd 0.25"
                    "sgd 0.5 |> momentum 0.5"
                    "sgd 0.25 |> accumulate 2"
                    "sgd 0.125 |> nag 0.5"
                ] do
                let bowl = Quadratic([| 1.0; 2.0; 0.5; 1.5 |], [| 1.0; -2.0; 4.0; 0.0 |])
                let options = MinimizeOptions(Steps = 3L)
                let single = minimize text bowl options

                let wide = Minimizer.Minimize(Optimizer.Parse text, bowl, Disturbed.start, options)

                Expect.equal (Array.map float single.Point) wide.Point text
                Expect.equal single.Value wide.Value "value"
                Expect.equal single.GradientNorm wide.GradientNorm "norm"
                Expect.equal (List.ofSeq single.History) (List.ofSeq wide.History) "history"
                Expect.equal (Array.map float (nonNull single.Best).Point) (nonNull wide.Best).Point "best point")

        testCase "a norm of micro-gradients is that of their mean" (fun () ->
            let bowl = Quadratic([| 1.0; 2.0; 0.5; 1.5 |], [| 1.0; -2.0; 4.0; 0.0 |])

            let norms text = [
                for point in (minimize text bowl (MinimizeOptions(Steps = 3L))).History -> point.GradientNorm
            ]

            // The mean of equal gradients is the gradient, exactly.
            for count in [ 2; 4 ] do
                Expect.equal (norms $"sgd 0.25 |> accumulate {count}") (norms "sgd 0.25") $"{count}")

        testCase "the best point is where the least value was" (fun () ->
            let bowl = Quadratic([| 1.0; 2.0; 0.5; 1.5 |], [| 1.0; -2.0; 4.0; 0.0 |])
            let down = minimize "sgd 0.25" bowl (MinimizeOptions(Steps = 3L))
            Expect.equal (bits (nonNull down.Best).Point) (bits down.Point) "the last one"
            let up = minimize "sgd 8.0" bowl (MinimizeOptions(Steps = 3L))
            Expect.equal (bits (nonNull up.Best).Point) (bits start) "the start")

        testCase "a plan of named tensors, an average, line searches" (fun () ->
            let plan =
                (Optimizer.Parse "adam 0.1 |> average 0.5").Plan<float32>(Layout.Empty.Add("a", 2).Add("b", 2))

            let result =
                Minimizer.Minimize(plan, sum, ReadOnlySpan start, MinimizeOptions(Steps = 3L))

            Expect.equal (bits (nonNull result.Averaged)) (bits (result.State.Slot "average")) "average"

            let searched =
                minimize
                    "lbfgs 4 1.0 |> wolfe"
                    (Quadratic [| 1.0; 4.0; 2.0; 8.0 |])
                    (MinimizeOptions(Steps = 30L, Target = 1e-8))

            Expect.equal searched.Reason Reason.Converged "found")

        testCase "a log is replayed in its type, bit for bit" (fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "a.log")

                for text, broken in pipelines do
                    let objective = quiet broken
                    let result = minimize text objective (MinimizeOptions(Steps = 20L, Record = path))

                    Expect.equal
                        result
                        (minimize text objective (MinimizeOptions(Steps = 20L)))
                        "recording changes nothing"

                    for execution in [ Execution.Default; Execution(Fuse = false, Bits = 128, Threads = 1) ] do
                        let replay = Replay.Run(path, objective, execution)
                        Expect.isNull replay.Difference text
                        Expect.equal replay.Steps 20L text

                minimize "sgd 0.1" (Bent(-1L, 0)) (MinimizeOptions(Steps = 20L, Record = path))
                |> ignore

                Expect.equal
                    (string (Replay.Run(path, Bent(7L, 2))))
                    "step 7: gradient differs at parameters[2]"
                    "one bit is found"))

        testCase "a process that ends at any evaluation goes on to the same bits" (fun () ->
            for text, broken in pipelines do
                let whole = minimize text (quiet broken) (without (options "-"))

                for at in [ 1; 2; 3; 7; 12; 13; 14; 29 ] do
                    inFolder (fun folder ->
                        try
                            minimize text (dying at broken) (options folder) |> ignore
                        with :? Stopped ->
                            ()

                        let resumed = minimize text (quiet broken) (options folder)
                        Expect.equal resumed whole $"{text}, ended at {at}"
                        Expect.isTrue (nonNull resumed.Checkpoints).ResumedAt.HasValue "it says so"))

        testCase "the folder of the run in double is another run's" (fun () ->
            inFolder (fun folder ->
                minimize "adam 0.1" batches (options folder) |> ignore

                argument [ "another run"; "F32" ] (fun () ->
                    Minimizer.Minimize(Optimizer.Adam 0.1, batches, Disturbed.start, options folder))))

        testCase "a start that is not finite, or of another length" (fun () ->
            let from (values: float32[]) =
                Minimizer.Minimize<float32>(Optimizer.Sgd 0.1, sum, ReadOnlySpan values)

            argument [ "start[1] = NaN" ] (fun () -> from [| 1f; nanf; 2f; 3f |])
            argument [ "start has 3"; "4" ] (fun () -> from [| 1f; 2f; 3f |]))

        testCase "metrics and invariants see the parameters widened, and results keep them as they are" (fun () ->
            let bowl = Quadratic([| 1.0; 2.0; 0.5; 1.5 |], [| 1.0; -2.0; 4.0; 0.0 |])
            let seen = ResizeArray<float[]>()

            let metric =
                InvariantMeasure(fun p ->
                    seen.Add(p.ToArray())
                    p[0])

            let validated =
                minimize
                    "adam 0.1"
                    bowl
                    (MinimizeOptions(Steps = 3L, Validation = Validation(metric, Maximize = true)))

            let trace = Minimizer.Trace<float32>(Optimizer.Adam 0.1, bowl, ReadOnlySpan start)

            let points = [ for point in Seq.take 4 trace -> point.Point ]

            Expect.equal (List.ofSeq seen) (List.map (Array.map float) points) "seen"
            let best = points |> List.maxBy Array.head
            Expect.equal (bits (nonNull validated.Validated).Point) (bits best) "the best"
            Expect.equal (nonNull validated.Validated).Value (float best[0]) "its metric"

            // p₁ goes from −¼ to −2 by halves: −1.125, −1.5625, −1.78125.
            let low = Invariant("above −1.5", InvariantMeasure(fun p -> -p[1]), 1.5)

            let broken =
                minimize "sgd 0.25" bowl (MinimizeOptions(Steps = 9L, Invariants = [ low ]))

            Expect.equal broken.Broken (BrokenInvariant("above −1.5", 1L, "step", 1.5625, 1.5)) "which and where"
            Expect.equal broken.Point[1] -1.5625f "there")

        testCase "divergence and cancellation end a run with its reason" (fun () ->
            let diverged =
                minimize
                    "sgd 10.0"
                    (Quadratic [| 1.0; 2.0; 3.0; 4.0 |])
                    (MinimizeOptions(Steps = 1000L, DivergenceThreshold = infinity))

            Expect.equal diverged.Reason Reason.Diverged "beyond the largest float32"
            use source = new CancellationTokenSource()
            source.Cancel()

            let cancelled =
                Minimizer.Minimize<float32>(
                    Optimizer.Sgd 0.1,
                    sum,
                    ReadOnlySpan start,
                    MinimizeOptions(),
                    source.Token
                )

            Expect.equal cancelled.Reason Reason.Cancelled "cancelled")
    ]
