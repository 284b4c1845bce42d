namespace OptVerify

open System.Text
open OptCore

/// <summary>The path of an optimizer on a problem, with everything that theorems speak of.</summary>
[<NoEquality; NoComparison; StructuredFormatDisplay("{Table}")>]
type Trajectory = {
    /// The problem.
    Problem: Problem
    /// The optimizer.
    Optimizer: Optimizer
    /// The states after 0, 1, …, N steps.
    States: State<float>[]
    /// p_0 … p_N.
    Points: float[][]
    /// The gradients handed in at the steps 0 … N−1: at the probe point where there is one.
    Seen: float[][]
    /// f(p_0) … f(p_N).
    Values: float[]
    /// ∇f(p_0) … ∇f(p_N).
    Gradients: float[][]
    /// η_0 … η_{N−1}; behind a line search a_k η_k, and 0 where it found nothing.
    Rates: float[]
} with

    /// N.
    member run.Steps = run.Seen.Length

    /// f(p_k) − f* (or minus the lower bound).
    member run.Gap(k: int) = run.Values[k] - run.Problem.Minimum

    /// ‖p_k − x*‖.
    member run.DistanceAt(k: int) = run.Problem.DistanceTo run.Points[k]

    /// ‖∇f(p_k)‖.
    member run.NormAt(k: int) = Vec.norm run.Gradients[k]

    /// u_k = p_k − p_{k+1}.
    member run.Update(k: int) = Vec.sub run.Points[k] run.Points[k + 1]

    /// The F# code that computes this trajectory.
    member run.Code = $"Trajectory.run ({run.Optimizer}) ({run.Problem}) {run.Steps}"

    /// The first and the last steps as a table.
    member run.Table =
        let table = StringBuilder()
        table.AppendLine "  step  f(p) − f*     ‖∇f(p)‖       p" |> ignore

        for k in 0 .. run.Steps do
            if k < 12 || k > run.Steps - 4 then
                let point =
                    run.Points[k]
                    |> Array.truncate 4
                    |> Array.map (sprintf "%g")
                    |> String.concat "; "

                table.AppendLine(sprintf "  %4d  %-12.5g  %-12.5g  %s" k (run.Gap k) (run.NormAt k) point)
                |> ignore

        table.ToString()

/// <summary>The updates that an optimizer makes of given gradients.</summary>
[<NoEquality; NoComparison>]
type Response = {
    /// The states after 0, 1, … gradients.
    Trail: State<float>[]
    /// The parameters p_0, p_1, …
    Path: float[][]
} with

    /// u_k = p_k − p_{k+1}.
    member response.Update(k: int) =
        Vec.sub response.Path[k] response.Path[k + 1]

    /// The parameters at the end.
    member response.Last = Array.last response.Path

/// <summary>Runs.</summary>
[<RequireQualifiedAccess>]
module Trajectory =

    /// <summary>N steps of an optimizer on a problem, on the given subject.</summary>
    let runOn (subject: Subject) (optimizer: Optimizer) (problem: Problem) (steps: int) : Trajectory =
        let problem = {
            problem with
                Objective = subject.Observe problem.Objective
        }

        let plan = subject.Plan(optimizer, problem.Dimension)
        let states = Array.zeroCreate (steps + 1)
        let seen = Array.zeroCreate steps
        let evaluated = Array.zeroCreate (steps + 1)
        let rates = Array.zeroCreate steps
        states[0] <- plan.Init problem.Start
        evaluated[0] <- problem.At problem.Start

        for k in 0 .. steps - 1 do
            let value, gradient = evaluated[k]

            seen[k] <-
                if plan.Probes = 0 then
                    gradient
                else
                    snd (problem.At(subject.Point states[k] gradient))

            if plan.Searches then
                let next, report = subject.Search states[k] problem.Objective
                states[k + 1] <- next
                rates[k] <- report.Rate
            else
                states[k + 1] <- subject.Step states[k] seen[k] value
                rates[k] <- plan.RateAt states[k].Step

            evaluated[k + 1] <- problem.At(states[k + 1].ToArray())

        {
            Problem = problem
            Optimizer = optimizer
            States = states
            Points = states |> Array.map _.ToArray()
            Seen = seen
            Values = Array.map fst evaluated
            Gradients = Array.map snd evaluated
            Rates = rates
        }

    /// <summary>N steps of an optimizer on a problem: what a counter-example prints.</summary>
    let run (optimizer: Optimizer) (problem: Problem) (steps: int) : Trajectory =
        runOn Subject.library optimizer problem steps

    /// <summary>Steps on a problem whose gradients carry the noise σ times a sign on every coordinate, on the given subject.</summary>
    let noisyOn
        (subject: Subject)
        (optimizer: Optimizer)
        (problem: Problem)
        (sigma: float)
        (signs: float[])
        : Response =
        let problem = {
            problem with
                Objective = subject.Observe problem.Objective
        }

        let step (state: State<float>) sign =
            let value, gradient = problem.At(state.ToArray())
            subject.Step state (gradient |> Array.map (fun g -> g + sigma * sign)) value

        let states =
            Array.scan step (subject.Plan(optimizer, problem.Dimension).Init problem.Start) signs

        {
            Trail = states
            Path = states |> Array.map _.ToArray()
        }

    /// <summary>
    /// Steps whose gradients carry the noise σ times a sign on every coordinate; all sign sequences of four steps:
    /// <c>Sums.signs 4 |> Array.map (Trajectory.noisy (sgd 0.1) (Quadratics.line 1.0 1.0) 0.5)</c>.
    /// </summary>
    let noisy (optimizer: Optimizer) (problem: Problem) (sigma: float) (signs: float[]) : Response =
        noisyOn Subject.library optimizer problem sigma signs

    /// <summary>The steps of a plan on given gradients and losses, on the given subject.</summary>
    let stepsOn
        (subject: Subject)
        (plan: Plan<float>)
        (start: float[])
        (gradients: float[][])
        (losses: float[])
        : Response =
        let states =
            (plan.Init start, Array.zip gradients losses)
            ||> Array.scan (fun state (gradient, loss) -> subject.Step state gradient loss)

        {
            Trail = states
            Path = states |> Array.map _.ToArray()
        }

    /// <summary>
    /// The steps of a plan on given gradients and losses: <c>Trajectory.steps ((sgd 0.1 |> plateau 1 0.5).Plan 1) [| 0.0 |]
    /// [| [| 1.0 |]; [| 1.0 |] |] [| 3.0; 4.0 |]</c>.
    /// </summary>
    let steps (plan: Plan<float>) (start: float[]) (gradients: float[][]) (losses: float[]) : Response =
        stepsOn Subject.library plan start gradients losses

    /// The steps of a plan on given gradients: without losses or, where the plan asks for them, at a loss of 1.
    let internal feedPlan (subject: Subject) (plan: Plan<float>) (start: float[]) (gradients: float[][]) : Response =
        let loss = if plan.NeedsLoss then 1.0 else nan
        stepsOn subject plan start gradients (Array.create gradients.Length loss)

    /// <summary>The steps on given gradients (at a loss of 1 where one is asked for), on the given subject.</summary>
    let feedOn (subject: Subject) (optimizer: Optimizer) (start: float[]) (gradients: float[][]) : Response =
        feedPlan subject (subject.Plan(optimizer, start.Length)) start gradients

    /// <summary>The steps on given gradients: <c>Trajectory.feed (adam 0.1) [| 0.0 |] [| [| 1.0 |]; [| -1.0 |] |]</c>.</summary>
    let feed (optimizer: Optimizer) (start: float[]) (gradients: float[][]) : Response =
        feedOn Subject.library optimizer start gradients
