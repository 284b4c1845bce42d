// L-BFGS on the problems of Moré, Garbow and Hillstrom, beside MathNet's BFGS. After `dotnet build -c Release`: dotnet fsi samples/14-minimizers.fsx
#load "lib/experiment.fsx"
#r "../src/OptDsl.FSharp/bin/Release/net10.0/MathNet.Numerics.dll"

open System
open MathNet.Numerics.LinearAlgebra
open MathNet.Numerics.Optimization
open OptCore
open OptDsl
open OptModels
open Experiment

shows
    "Sums of squares with published minima. An evaluation is a value with its gradient. Both run until the gradient is below 1e-8 (or nothing
is found along the direction), or for 5000 iterations; `reached` is a published minimum to six digits, where it is 0: 1e-16."

let most = 5000

let reached (problem: TestProblem) value =
    problem.Minima
    |> Seq.exists (fun minimum ->
        if minimum = 0.0 then
            value <= 1e-16
        else
            abs (value - minimum) <= 1e-5 * minimum)

type Run = {
    Iterations: int64
    Evaluations: int64
    Value: float
}

let ours (problem: TestProblem) =
    let options =
        MinimizeOptions(Steps = int64 most, GradientTolerance = 1e-8, DivergenceThreshold = infinity)

    let result =
        lbfgs 10 1.0 |> wolfe |> minimizeWith options problem.Objective problem.Start

    {
        Iterations = result.Steps
        Evaluations = result.Evaluations
        Value = min result.Value result.Best.Value
    }

let theirs (problem: TestProblem) =
    let mutable evaluations = 0L
    let mutable best = infinity

    let evaluate (x: Vector<float>) =
        let gradient = Array.zeroCreate<float> problem.Objective.Dimension
        let value = problem.Objective.Evaluate(x.ToArray(), gradient)
        evaluations <- evaluations + 1L
        best <- min best value
        struct (value, Vector<float>.Build.Dense gradient)

    let iterations =
        try
            let result =
                BfgsMinimizer(1e-8, 1e-14, 1e-14, most)
                    .FindMinimum(
                        ObjectiveFunction.Gradient(
                            Func<Vector<float>, struct (float * Vector<float>)>(fun x -> evaluate x)
                        ),
                        Vector<float>.Build.Dense problem.Start
                    )

            int64 result.Iterations
        with _ ->
            -1L

    {
        Iterations = iterations
        Evaluations = evaluations
        Value = best
    }

let runs = [
    for problem in MoreGarbowHillstrom.Problems -> problem, ours problem, theirs problem
]

let shown problem run = [
    (if run.Iterations < 0L then
         "threw"
     else
         string run.Iterations)
    string run.Evaluations
    (if reached problem run.Value then
         "reached"
     else
         number run.Value)
]

table [
    "problem"
    "f*"
    "iterations"
    "evaluations"
    "ours"
    "iterations"
    "evaluations"
    "MathNet"
] [
    for problem, own, other in runs ->
        [
            $"{problem.Number} {problem.Objective.Name}"
            number problem.Minima[0]
            yield! shown problem own
            yield! shown problem other
        ]
]

let count run =
    runs
    |> List.filter (fun (p, own, other) -> reached p (run own other).Value)
    |> List.length

printfn "  reached: %d of %d, MathNet %d\n" (count (fun own _ -> own)) runs.Length (count (fun _ other -> other))

claim
    "L-BFGS reaches a published minimum of every problem; of Powell's singular functions (13, 22), flat there, to 1e-14"
    (runs
     |> List.forall (fun (p, own, _) -> reached p own.Value || (p.Number = 13 || p.Number = 22) && own.Value < 1e-14))
