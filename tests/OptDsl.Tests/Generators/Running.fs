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
let step (plan: Plan<float>) (state: State<float>) (gradient: float[]) =
    plan.Step(state, gradient, 0.0, atPoint = true)

/// All states of a run, the first one included.
let statesOf (plan: Plan<float>) (start: float[]) (gradients: float[][]) =
    gradients |> Array.scan (step plan) (plan.Init start)

/// All states of a run on a plain vector.
let states (optimizer: Optimizer) (run: Run) =
    statesOf (planFor run.Length optimizer) run.Start run.Gradients

/// The parameters of all states of a run.
let trajectory optimizer run =
    states optimizer run |> Array.map _.ToArray()

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

/// The largest distance of two runs in one coordinate at one step.
let apart (left: float[][]) (right: float[][]) =
    Array.map2 (Array.map2 (fun (a: float) b -> abs (a - b))) left right
    |> Array.concat
    |> Array.fold max 0.0
