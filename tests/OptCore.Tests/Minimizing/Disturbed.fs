/// Runs to which something happens, in float and float32: the process ends, somebody cancels, a gradient is not finite.
module OptCore.Tests.Minimizing.Disturbed

open System
open OptCore
open OptModels

/// A small regression of many samples: mini-batches with an order of their own in every epoch.
let sum =
    let random = Random 5
    let rows = Array2D.init 24 4 (fun _ _ -> 2.0 * random.NextDouble() - 1.0)
    LeastSquares(rows, Array.init 24 (fun i -> rows[i, 0] - 2.0 * rows[i, 2]))

let batches = MiniBatches(sum, 5, 11L) :> IObjective

/// Exact in both types.
let start = [| 0.5; -0.25; 1.0; 2.0 |]

type Stopped() =
    inherit Exception "the process has ended"

/// Something happens at an evaluation; the gradients of some steps are broken.
type Watched(inner: IObjective, at: int, happen: unit -> unit, broken: int64 -> bool) =
    let mutable count = 0
    member _.Count = count

    interface IObjective with
        member _.Dimension = inner.Dimension
        member _.Name = "watched"

        member _.Evaluate(parameters: ReadOnlySpan<float>, gradient: Span<float>) = inner.Evaluate(parameters, gradient)

        member _.Evaluate(step: int64, parameters: ReadOnlySpan<float>, gradient: Span<float>) =
            count <- count + 1

            if count = at then
                happen ()

            let value = inner.Evaluate(step, parameters, gradient)

            if broken step then
                gradient[1] <- nan

            value

let never (_: int64) = false
let quiet broken = Watched(batches, -1, ignore, broken)

/// The process ends at an evaluation.
let dying at broken =
    Watched(batches, at, (fun () -> raise (Stopped())), broken)

/// Pipelines that keep every kind of memory, and which gradients of theirs are broken.
let pipelines = [
    "sgd 0.05 |> momentum 0.9 |> cosine 30", never
    "adam 0.05 |> average 0.9 |> polyakAverage |> warmup 7", never
    "sgd 0.05 |> nag 0.9", never
    "sgd 0.05 |> sam 0.05 |> noise 0.01 0.55 3", never
    "sgd 0.05 |> accumulate 3 |> clip 1.0 |> plateau 2 0.5", never
    "adam 0.05 |> accumulate 2 |> skipNonFinite 4", (fun (step: int64) -> step % 7L = 3L)
]

/// A run with checkpoints in a folder.
let options folder =
    MinimizeOptions(
        Steps = 30L,
        GradientTolerance = 1e-9,
        Patience = 25L,
        HistoryEvery = 2,
        Checkpoints = Checkpoints(folder, EverySteps = 4L, HandleSignals = false)
    )

/// The same without.
let without (options: MinimizeOptions) =
    MinimizeOptions(
        Steps = options.Steps,
        GradientTolerance = options.GradientTolerance,
        Target = options.Target,
        Patience = options.Patience,
        HistoryEvery = options.HistoryEvery
    )
