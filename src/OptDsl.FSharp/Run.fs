namespace OptDsl

open MathNet.Numerics.LinearAlgebra
open OptCore

/// <summary>
/// The short words of the loop. Steps count updates; the objective's dimension and the start's length must agree, else an
/// <c>ArgumentException</c>. A numerical failure is no exception: <c>Result.Reason</c> says what happened.
/// </summary>
[<AutoOpen>]
module RunWords =

    /// <summary>
    /// Makes so many updates (fewer if it diverges): <c>adam 0.01 |> cosine 500 |> minimize 500 (Objective.rosenbrock 2) [| -1.0; 0.5 |]</c>.
    /// </summary>
    let minimize (steps: int) (objective: IObjective) (start: float[]) (optimizer: Optimizer) : Result =
        Minimizer.Minimize(optimizer, objective, start, MinimizeOptions(Steps = int64 steps))

    /// <summary>
    /// Minimizes with stop rules and more: <c>adam 0.01 |> minimizeWith (MinimizeOptions(Steps = 10000, GradientTolerance = 1e-6)) objective start</c>.
    /// </summary>
    let minimizeWith
        (options: MinimizeOptions)
        (objective: IObjective)
        (start: float[])
        (optimizer: Optimizer)
        : Result =
        Minimizer.Minimize(optimizer, objective, start, options)

    /// <summary>
    /// The iterates, the start first, as a lazy sequence without end (it ends behind a value that is not finite):
    /// <c>sgd 0.1 |> trace objective start |> Seq.take 10</c>. Every enumeration runs anew, with the same results.
    /// </summary>
    let trace (objective: IObjective) (start: float[]) (optimizer: Optimizer) : TracePoint seq =
        Minimizer.Trace(optimizer, objective, start)

    /// <summary>
    /// The optimizer compiled for named tensors: <c>adam 0.001 |> plan (Layout.Empty.Add("w", 3, 4).Add("b", 4))</c>. A pattern that
    /// matches no tensor is an <c>ArgumentException</c>.
    /// </summary>
    let plan (layout: Layout) (optimizer: Optimizer) : Plan<float> = optimizer.Plan<float> layout

/// <summary>The loop on plans, states and MathNet vectors.</summary>
[<RequireQualifiedAccess>]
module Run =

    /// <summary>Minimizes over named tensors.</summary>
    let plan (options: MinimizeOptions) (objective: IObjective) (start: float[]) (plan: Plan<float>) : Result =
        Minimizer.Minimize(plan, objective, start, options)

    /// <summary>Goes on from a state, so many updates more: <c>result.State |> Run.resume 100 objective</c>.</summary>
    let resume (steps: int) (objective: IObjective) (state: State<float>) : Result =
        Minimizer.Minimize(state, objective, MinimizeOptions(Steps = int64 steps))

    /// <summary>Goes on from a state, with options.</summary>
    let resumeWith (options: MinimizeOptions) (objective: IObjective) (state: State<float>) : Result =
        Minimizer.Minimize(state, objective, options)

    /// <summary>The iterates from a state on.</summary>
    let traceFrom (objective: IObjective) (state: State<float>) : TracePoint seq = Minimizer.Trace(state, objective)

    /// <summary>Minimizes from a MathNet vector.</summary>
    let minimizeFrom
        (options: MinimizeOptions)
        (objective: IObjective)
        (start: Vector<float>)
        (optimizer: Optimizer)
        : Result =
        Minimizer.Minimize(optimizer, objective, start.ToArray(), options)

    /// <summary>The last point as a MathNet vector.</summary>
    let point (result: Result) : Vector<float> = Vector<float>.Build.Dense result.Point
