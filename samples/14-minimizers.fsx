// L-BFGS on the problems of Moré, Garbow and Hillstrom, beside MathNet's BFGS and PyTorch's L-BFGS. After `dotnet build -c Release`: dotnet fsi samples/14-minimizers.fsx
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

/// PyTorch 1.13.0, `LBFGS` with memory 10 and `strong_wolfe` on the same functions: what scripts/torch-minimizers.py printed on
/// 2026-11-30. It stops by the largest element of the gradient.
let torch =
    dict [
        for number, iterations, evaluations, value in
            [
                1, 37L, 46L, 3.6944633290962153e-20
                2, 21L, 22L, 48.98425367924003
                3, 5000L, 9937L, 3.743224299188761e-10
                4, 10L, 20L, 1.774937036748891e-30
                5, 16L, 17L, 2.6944910060888725e-19
                6, 19L, 31L, 124.36218235561483
                7, 33L, 38L, 2.320471953189252e-20
                8, 25L, 27L, 0.008214877306578968
                9, 42L, 78L, 1.1279328044638363e-08
                10, 378L, 527L, 87.94585517045861
                11, 46L, 56L, 1.0945366985000673e-16
                12, 32L, 36L, 1.5597968737182125e-19
                13, 5000L, 9975L, 1.0811471283910741e-11
                14, 93L, 114L, 2.2266784442376563e-21
                15, 29L, 36L, 0.0003075056038492418
                16, 28L, 33L, 85822.20162635628
                17, 92L, 135L, 5.4648946974827e-05
                18, 51L, 57L, 0.00565564992549996
                19, 125L, 159L, 0.040137736293547936
                20, 53L, 61L, 0.0022876700535524376
                21, 36L, 46L, 5.493004838041598e-21
                22, 190L, 248L, 1.4179625906646983e-13
                23, 56L, 72L, 7.087651468936446e-05
                24, 5000L, 8203L, 9.458641700643741e-06
                25, 21L, 22L, 3.0814879110195774e-31
                26, 30L, 33L, 2.7950561218946168e-05
                27, 16L, 19L, 7.519878141709991e-18
                28, 261L, 379L, 2.0718288949868702e-16
                29, 10L, 11L, 3.57767956511568e-18
                30, 25L, 26L, 2.192158856359624e-18
                31, 28L, 29L, 7.687236754609036e-19
                32, 2L, 4L, 10.0
                35, 30L, 40L, 0.0035168737256779286
            ] do
            number,
            {
                Iterations = iterations
                Evaluations = evaluations
                Value = value
            }
    ]

let runs = [
    for problem in MoreGarbowHillstrom.Problems -> problem, ours problem, theirs problem, torch[problem.Number]
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
    "iterations"
    "evaluations"
    "PyTorch"
] [
    for problem, own, other, torch in runs ->
        [
            $"{problem.Number} {problem.Objective.Name}"
            number problem.Minima[0]
            yield! shown problem own
            yield! shown problem other
            yield! shown problem torch
        ]
]

let count run =
    runs
    |> List.filter (fun (p, own, other, torch) -> reached p (run own other torch).Value)
    |> List.length

printfn
    "  reached: %d of %d, MathNet %d, PyTorch %d\n"
    (count (fun own _ _ -> own))
    runs.Length
    (count (fun _ other _ -> other))
    (count (fun _ _ torch -> torch))

// Where all three arrive: how often they ask on the way.
let perUpdate run =
    let together =
        runs
        |> List.filter (fun (p, own, other, torch) ->
            [ own; other; torch ]
            |> List.forall (fun run -> run.Iterations > 0L && reached p run.Value))
        |> List.map (fun (_, own, other, torch) -> run own other torch)

    float (List.sumBy _.Evaluations together)
    / float (List.sumBy _.Iterations together)

printfn
    "  evaluations per update: %.2f, MathNet %.2f, PyTorch %.2f\n"
    (perUpdate (fun own _ _ -> own))
    (perUpdate (fun _ other _ -> other))
    (perUpdate (fun _ _ torch -> torch))

claim
    "the point that a search accepts is evaluated once: where L-BFGS makes as many updates as PyTorch's, at most one evaluation more"
    (runs
     |> List.forall (fun (_, own, _, torch) ->
         own.Iterations <> torch.Iterations || own.Evaluations <= torch.Evaluations + 1L))

claim
    "L-BFGS reaches a published minimum of every problem; of Powell's singular functions (13, 22), flat there, to 1e-14"
    (runs
     |> List.forall (fun (p, own, _, _) -> reached p own.Value || (p.Number = 13 || p.Number = 22) && own.Value < 1e-14))
