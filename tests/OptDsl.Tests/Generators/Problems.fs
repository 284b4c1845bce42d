/// Whole problems: an optimizer, the layout it fits, a start, gradients and losses. They print as F# code that repeats them.
module OptDsl.Tests.Problems

open System
open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl.Tests.Numbers

/// A run of an optimizer on a layout.
[<StructuredFormatDisplay("{Code}"); NoComparison>]
type Problem = {
    Optimizer: Optimizer
    Layout: Layout
    Start: float[]
    Gradients: float[][]
    Losses: float[]
} with

    /// F# code that runs the problem at the prompt, after `open OptCore` and `open OptDsl`.
    member problem.Code =
        let rows =
            problem.Gradients
            |> Array.map (fun g -> "    " + showArray g)
            |> String.concat "\n"

        String.concat "\n" [
            ""
            $"let layout = {Layouts.code problem.Layout}"
            $"let optimizer = {problem.Optimizer}"
            $"let start: float[] = {showArray problem.Start}"
            $"let gradients: float[][] = [|\n{rows}\n|]"
            $"let losses: float[] = {showArray problem.Losses}"
            "let plan = optimizer.Plan<float> layout"
            "let step (state: State<float>) (g: float[]) (loss: float) = plan.Step(state, g, loss, atPoint = true)"
            "let last = Array.fold2 step (plan.Init start) gradients losses"
        ]

    override problem.ToString() = problem.Code

let private problem = gen {
    let! layout = Layouts.layout
    let! optimizer = Optimizers.optimizerFor layout
    let! steps = Gen.choose (1, 6)
    let! start = vector layout.Length
    let! rows = gradients steps layout.Length
    let! losses = Gen.arrayOfLength steps normal

    return {
        Optimizer = optimizer
        Layout = layout
        Start = start
        Gradients = rows
        Losses = losses
    }
}

/// The same problem on a smaller layout: of each tensor that is left, its first elements.
let private restricted (problem: Problem) (smaller: Layout) =
    let part (x: float[]) =
        smaller.Tensors
        |> Seq.map (fun tensor -> Array.sub x problem.Layout[tensor.Name].Offset tensor.Length)
        |> Array.concat

    {
        problem with
            Layout = smaller
            Start = part problem.Start
            Gradients = Array.map part problem.Gradients
    }

let private shrink (problem: Problem) =
    let asRun = {
        Run.Start = problem.Start
        Gradients = problem.Gradients
    }

    seq {
        let steps = problem.Gradients.Length

        if steps > 1 then
            for keep in List.distinct [ 1; steps / 2; steps - 1 ] do
                {
                    problem with
                        Gradients = Array.truncate keep problem.Gradients
                        Losses = Array.truncate keep problem.Losses
                }

        for optimizer in Optimizers.shrinkFor problem.Layout problem.Optimizer do
            { problem with Optimizer = optimizer }

        for smaller in Layouts.shrinkLayout problem.Layout do
            if Optimizers.plans smaller problem.Optimizer then
                restricted problem smaller

        for run in shrinkRun asRun do
            if run.Length = problem.Layout.Length && run.Steps = steps then
                {
                    problem with
                        Start = run.Start
                        Gradients = run.Gradients
                }
    }

/// Problems with their shrinker.
let problems = Arb.fromGenShrink (problem, shrink)
