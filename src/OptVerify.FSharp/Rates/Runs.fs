namespace OptVerify

open System
open OptCore

/// <summary>Runs of the real optimizer: nothing here knows an update rule.</summary>
[<RequireQualifiedAccess>]
module Runs =

    /// The gradient that the next step of the plan needs, at the point that its probe asks for, and the loss there.
    let private gradient (plan: Plan<float>) (objective: IObjective) (state: State<float>) =
        let at (point: float[]) =
            let result = Array.zeroCreate point.Length
            let loss = objective.Evaluate(state.Step, ReadOnlySpan point, Span result)
            result, loss

        match plan.Probes with
        | 0 -> at (state.ToArray())
        | 1 -> at (plan.Point state)
        | _ ->
            let first, _ = at (state.ToArray())
            at (plan.Point(state, ReadOnlySpan first))

    /// <summary>One update on an objective: as many gradients as the plan asks for, each at the point it asks for.</summary>
    let next (plan: Plan<float>) (objective: IObjective) (state: State<float>) : State<float> =
        let rec go (current: State<float>) left =
            let g, loss = gradient plan objective current
            let after = plan.Step(current, ReadOnlySpan g, loss, atPoint = true)

            if after.Step > state.Step || left <= 1 then
                after
            else
                go after (left - 1)

        go state plan.GradientsPerUpdate

    /// <summary>One update with a given gradient, repeated where the plan accumulates several for one update.</summary>
    let push (plan: Plan<float>) (g: float[]) (state: State<float>) : State<float> =
        Seq.fold
            (fun (s: State<float>) _ -> plan.Step(s, ReadOnlySpan g, 0.0, atPoint = true))
            state
            (seq { 1 .. plan.GradientsPerUpdate })

    /// <summary>The states s_0 … s_N of a run from a point; N + 1 of them.</summary>
    let states (optimizer: Optimizer) (objective: IObjective) (start: float[]) (steps: int) : State<float>[] =
        let plan = optimizer.Plan start.Length
        Array.scan (fun s _ -> next plan objective s) (plan.Init(ReadOnlySpan start)) (Array.zeroCreate<unit> steps)

    /// <summary>
    /// The parameters x_0 … x_N of a run from a point; N + 1 of them.
    /// <c>Runs.points (sgd 0.1) objective [| 1.0 |] 3</c>
    /// </summary>
    let points (optimizer: Optimizer) (objective: IObjective) (start: float[]) (steps: int) : float[][] =
        states optimizer objective start steps |> Array.map (fun s -> s.ToArray())

    /// <summary>
    /// The parameters of a run that has a past: gradients are fed first, which bring the slots where they are wanted, and x_0 … x_N
    /// are the points on the objective from there; N + 1 of them.
    /// </summary>
    let pointsAfter
        (gradients: float[][])
        (optimizer: Optimizer)
        (objective: IObjective)
        (start: float[])
        (steps: int)
        : float[][] =
        let plan = optimizer.Plan start.Length

        let first =
            Array.fold (fun s g -> push plan g s) (plan.Init(ReadOnlySpan start)) gradients

        Array.scan (fun s _ -> next plan objective s) first (Array.zeroCreate<unit> steps)
        |> Array.map (fun s -> s.ToArray())

    /// <summary>The quadratic ½ Σ λ_i x_i²; its minimum is 0 at 0.</summary>
    let diagonal (eigenvalues: float[]) : IObjective =
        let value (x: float[]) =
            0.5 * Array.fold2 (fun sum l xi -> sum + l * xi * xi) 0.0 eigenvalues x

        FunctionObjective.OfArrays(eigenvalues.Length, value, Array.map2 (*) eigenvalues)

    /// <summary>The quadratic λx²/2 of one parameter: <c>Runs.quadratic 10.0</c>.</summary>
    let quadratic (eigenvalue: float) : IObjective = diagonal [| eigenvalue |]
