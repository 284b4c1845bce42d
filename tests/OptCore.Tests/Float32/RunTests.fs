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

let private bits (values: float32[]) =
    values |> Array.map BitConverter.SingleToInt32Bits

let private rows = Array2D.init 24 4 (fun i j -> sin (float (7 * i + 3 * j)))

let private sum =
    LeastSquares(rows, Array.init 24 (fun i -> rows[i, 0] - 2.0 * rows[i, 2]))

let private batches = MiniBatches(sum, 5, 11L) :> IObjective
let private start = [| 0.5f; -0.25f; 1f; 2f |]

let private minimize (text: string) (objective: IObjective) (options: MinimizeOptions) =
    Minimizer.Minimize<float32>(Optimizer.Parse text, objective, ReadOnlySpan start, options)

let private pipelines = [
    "sgd 0.05 |> momentum 0.9 |> cosine 30"
    "adam 0.05 |> average 0.9 |> warmup 7"
    "sgd 0.05 |> nag 0.9"
    "sgd 0.05 |> sam 0.05 |> noise 0.01 0.55 3"
    "sgd 0.05 |> accumulate 3 |> clip 1.0 |> plateau 2 0.5"
    "adam 0.05 |> skipNonFinite 4"
]

/// Ends the process at an evaluation.
type private Watched(inner: IObjective, at: int) =
    let mutable count = 0

    interface IObjective with
        member _.Dimension = inner.Dimension
        member _.Name = "watched"

        member _.Evaluate(parameters: ReadOnlySpan<float>, gradient: Span<float>) = inner.Evaluate(parameters, gradient)

        member _.Evaluate(step: int64, parameters: ReadOnlySpan<float>, gradient: Span<float>) =
            count <- count + 1

            if count = at then
                raise (OperationCanceledException())

            inner.Evaluate(step, parameters, gradient)

let private checkpointed folder =
    MinimizeOptions(
        Steps = 30L,
        Patience = 25L,
        HistoryEvery = 2,
        Checkpoints = Checkpoints(folder, EverySteps = 4L, HandleSignals = false)
    )

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
            for text in pipelines do
                let result = minimize text batches (MinimizeOptions(Steps = 20L))

                let session =
                    (Optimizer.Parse text).Plan<float32>(Layout.Plain 4).Start(ReadOnlySpan start)

                while session.StepCount < 20L do
                    session.Step batches |> ignore

                Expect.equal (bits result.Point) (bits (session.AsSpan().ToArray())) text
                Expect.equal result.State (session.Snapshot()) text)

        testCase "the iterates of a trace, and a run that goes on" (fun () ->
            for text in pipelines do
                let whole = minimize text batches (MinimizeOptions(Steps = 20L))

                let trace =
                    Minimizer.Trace<float32>(Optimizer.Parse text, batches, ReadOnlySpan start)

                Expect.equal (bits (Seq.item 20 trace).Point) (bits whole.Point) $"{text}, trace"
                let half = minimize text batches (MinimizeOptions(Steps = 7L))
                let rest = Minimizer.Minimize(half.State, batches, MinimizeOptions(Steps = 13L))
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

                let wide =
                    Minimizer.Minimize(Optimizer.Parse text, bowl, Array.map float start, options)

                Expect.equal (Array.map float single.Point) wide.Point text
                Expect.equal single.Value wide.Value "value"
                Expect.equal single.GradientNorm wide.GradientNorm "norm"
                Expect.equal (List.ofSeq single.History) (List.ofSeq wide.History) "history"
                Expect.equal (Array.map float (nonNull single.Best).Point) (nonNull wide.Best).Point "best point")

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

                for text in pipelines do
                    let result = minimize text batches (MinimizeOptions(Steps = 20L, Record = path))

                    Expect.equal
                        result
                        (minimize text batches (MinimizeOptions(Steps = 20L)))
                        "recording changes nothing"

                    for execution in [ Execution.Default; Execution(Fuse = false, Bits = 128, Threads = 1) ] do
                        let replay = Replay.Run(path, batches, execution)
                        Expect.isNull replay.Difference text
                        Expect.equal replay.Steps 20L text

                minimize "sgd 0.1" (Bent(-1L, 0)) (MinimizeOptions(Steps = 20L, Record = path))
                |> ignore

                Expect.equal
                    (string (Replay.Run(path, Bent(7L, 2))))
                    "step 7: gradient differs at parameters[2]"
                    "one bit is found"))

        testCase "a process that ends at any evaluation goes on to the same bits" (fun () ->
            for text in pipelines do
                let whole =
                    minimize
                        text
                        (Watched(batches, -1))
                        (MinimizeOptions(Steps = 30L, Patience = 25L, HistoryEvery = 2))

                for at in [ 1; 2; 3; 7; 12; 13; 14; 29 ] do
                    inFolder (fun folder ->
                        try
                            minimize text (Watched(batches, at)) (checkpointed folder) |> ignore
                        with :? OperationCanceledException ->
                            ()

                        let resumed = minimize text (Watched(batches, -1)) (checkpointed folder)
                        Expect.equal resumed whole $"{text}, ended at {at}"
                        Expect.isTrue (nonNull resumed.Checkpoints).ResumedAt.HasValue "it says so"))

        testCase "the folder of the run in double is another run's" (fun () ->
            inFolder (fun folder ->
                minimize "adam 0.1" batches (checkpointed folder) |> ignore

                argument [ "another run"; "F32" ] (fun () ->
                    Minimizer.Minimize(Optimizer.Adam 0.1, batches, Array.map float start, checkpointed folder))))

        testCase "a start that is not finite, or of another length" (fun () ->
            let from (values: float32[]) =
                Minimizer.Minimize<float32>(Optimizer.Sgd 0.1, sum, ReadOnlySpan values)

            argument [ "start[1] = NaN" ] (fun () -> from [| 1f; nanf; 2f; 3f |])
            argument [ "start has 3"; "4" ] (fun () -> from [| 1f; 2f; 3f |]))

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
