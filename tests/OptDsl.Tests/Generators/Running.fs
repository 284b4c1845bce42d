/// Runs of optimizers, and what is compared of them.
module OptDsl.Tests.Running

open System
open Expecto
open OptCore
open OptDsl.Tests.Numbers
open OptDsl.Tests.Problems

/// The plan of an optimizer for plain vectors.
let planFor length (optimizer: Optimizer) =
    optimizer.Plan<float>(Layout.Plain length)

/// One pure step.
let step (plan: Plan<float>) (state: State<float>) (gradient: float[]) = plan.Step(state, gradient, 0.0, atPoint = true)

/// All states of a run, the first one included.
let statesOf (plan: Plan<float>) (start: float[]) (gradients: float[][]) =
    gradients |> Array.scan (step plan) (plan.Init start)

/// All states of a run on a plain vector.
let states (optimizer: Optimizer) (run: Run) =
    statesOf (planFor run.Length optimizer) run.Start run.Gradients

/// The parameters of all states of a run.
let trajectory optimizer run =
    states optimizer run |> Array.map _.ToArray()

/// The parameters after a run.
let last optimizer run = Array.last (trajectory optimizer run)

/// The parameters p_0 … p_N where the gradient is a function of the point, probes included.
let descend (steps: int) (gradient: float[] -> float[]) (start: float[]) (optimizer: Optimizer) =
    let plan = planFor start.Length optimizer

    let next (state: State<float>) (_: int) =
        let point =
            match plan.Probes with
            | 0 -> state.ToArray()
            | 1 -> plan.Point state
            | _ -> plan.Point(state, gradient (state.ToArray()))

        step plan state (gradient point)

    Seq.scan next (plan.Init start) [ 1..steps ]
    |> Seq.map _.ToArray()
    |> Array.ofSeq

/// The plan of a problem.
let planOf (problem: Problem) =
    problem.Optimizer.Plan<float> problem.Layout

/// All states of a problem by pure steps.
let problemStates (plan: Plan<float>) (problem: Problem) =
    Array.zip problem.Gradients problem.Losses
    |> Array.scan (fun state (g, loss) -> plan.Step(state, g, loss, atPoint = true)) (plan.Init problem.Start)

/// Expects the same bits in every element.
let sameBits (actual: float[]) (expected: float[]) message =
    Expect.hasLength actual expected.Length message

    for i in 0 .. actual.Length - 1 do
        if
            BitConverter.DoubleToInt64Bits actual[i]
            <> BitConverter.DoubleToInt64Bits expected[i]
        then
            failtestf "%s: [%d] is %s, expected %s" message i (show actual[i]) (show expected[i])

/// Expects the same bits at every step.
let sameRuns (actual: float[][]) (expected: float[][]) message =
    Expect.hasLength actual expected.Length message

    for t in 0 .. actual.Length - 1 do
        sameBits actual[t] expected[t] $"{message}, after {t} steps"

/// Expects the same bits of both optimizers at every step.
let agree left right run =
    sameRuns (trajectory left run) (trajectory right run) $"{left} = {right}"

/// Expects |actual − expected| ≤ allowed.
let near (allowed: float) (actual: float) (expected: float) message =
    if not (abs (actual - expected) <= allowed) then
        failtestf
            "%s: %s, expected %s; apart %s, allowed %s"
            message
            (show actual)
            (show expected)
            (show (abs (actual - expected)))
            (show allowed)

/// Expects value ≤ bound + allowed.
let atMost (allowed: float) (value: float) (bound: float) message =
    if not (value <= bound + allowed) then
        failtestf "%s: %s is above %s by more than %s" message (show value) (show bound) (show allowed)

/// The largest distance of two runs in one coordinate at one step.
let apart (left: float[][]) (right: float[][]) =
    Array.map2 (Array.map2 (fun (a: float) b -> abs (a - b))) left right
    |> Array.concat
    |> Array.fold max 0.0

/// The largest magnitude in a coordinate over a run.
let reach (run: float[][]) i =
    run |> Array.map (fun p -> abs p[i]) |> Array.max

/// Σ_t |p_{t+1} − p_t| in a coordinate.
let travel (run: float[][]) i =
    run |> Array.pairwise |> Array.sumBy (fun (a, b) -> abs (b[i] - a[i]))

/// Σ_t |g_t| in a coordinate.
let mass (run: Run) i =
    run.Gradients |> Array.sumBy (fun g -> abs g[i])

/// Expects two runs that agree in every coordinate at every step up to what `allowed i` says.
let close (allowed: int -> float) (actual: float[][]) (expected: float[][]) message =
    Expect.hasLength actual expected.Length message

    for i in 0 .. actual[0].Length - 1 do
        let slack = allowed i

        for t in 0 .. actual.Length - 1 do
            near slack (actual[t][i]) (expected[t][i]) $"{message}, [{i}] after {t} steps"
