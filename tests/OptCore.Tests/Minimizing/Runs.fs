/// Runs on a bowl, and objectives that count or break.
module OptCore.Tests.Minimizing.Runs

open System
open OptCore
open OptModels

let read (text: string) = Optimizer.Parse text

let vector (values: float list) : float[] = Array.ofList values

/// Counts the evaluations of another objective, and keeps the steps and points that it was asked for.
type Counting(inner: IObjective) =
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

let bowl = Quadratic [| 1.0; 4.0 |]

let start = vector [ 1.0; -2.0 ]

let minimize (text: string) (objective: IObjective) (options: MinimizeOptions) =
    Minimizer.Minimize(read text, objective, start, options)

/// x² until the given evaluation, then something that is not finite.
let breaksAt (evaluation: int) (bad: float) =
    let mutable count = 0

    FunctionObjective(
        2,
        FunctionObjective.ValueAndGradient(fun x g ->
            count <- count + 1
            g[0] <- if count >= evaluation then bad else x[0]
            g[1] <- x[1]
            0.5 * (x[0] * x[0] + x[1] * x[1]))
    )
