/// Objectives as tests ask them, and what others have asked of them.
module OptCore.Tests.Asked

open System
open OptCore

/// f and its gradient.
let evaluate (f: IObjective) (x: float[]) =
    let gradient = Array.zeroCreate x.Length
    f.Evaluate(ReadOnlySpan x, Span gradient), gradient

/// f, and every point that it was asked for.
type Watched(inner: IObjective) =
    member val Points: float[] list = [] with get, set

    interface IObjective with
        member _.Dimension = inner.Dimension

        member this.Evaluate(parameters: ReadOnlySpan<float>, gradient: Span<float>) =
            this.Points <- parameters.ToArray() :: this.Points
            inner.Evaluate(parameters, gradient)

/// 5 p².
let parabola =
    FunctionObjective(
        1,
        FunctionObjective.ValueAndGradient(fun p g ->
            g[0] <- 10.0 * p[0]
            5.0 * p[0] * p[0])
    )
