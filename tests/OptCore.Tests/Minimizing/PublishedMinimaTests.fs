/// The problems of Moré, Garbow and Hillstrom: gradients against differences, published minima reached by L-BFGS.
module OptCore.Tests.Minimizing.PublishedMinimaTests

open System
open Expecto
open OptCore
open OptModels

let private value (problem: TestProblem) (point: float[]) =
    problem.Objective.Evaluate(point, Array.zeroCreate<float> point.Length)

/// Six published digits, or 0: then what double precision leaves of a sum of squares whose residuals are of size 1e-8.
let private isMinimum (published: float) (found: float) =
    if published = 0.0 then
        found <= 1e-16
    else
        abs (found - published) <= 1e-5 * published

let private minimized (problem: TestProblem) =
    Minimizer.Minimize(
        Optimizer.Parse "lbfgs 10 1.0 |> wolfe",
        problem.Objective,
        problem.Start,
        MinimizeOptions(Steps = 5000L, DivergenceThreshold = infinity)
    )

[<Tests>]
let tests =
    testList "Moré, Garbow and Hillstrom" [
        testCase "more than twenty, by number" (fun () ->
            let numbers = MoreGarbowHillstrom.Problems |> Seq.map _.Number |> List.ofSeq
            Expect.equal numbers (List.sort numbers |> List.distinct) "order"
            Expect.isGreaterThanOrEqual numbers.Length 30 "problems")

        for problem in MoreGarbowHillstrom.Problems do
            testCase $"{problem}: the gradient is that of the values" (fun () ->
                let random = Random problem.Number
                let start = problem.Start

                let near =
                    start
                    |> Array.map (fun x -> x + (0.1 + 0.1 * abs x) * (random.NextDouble() - 0.5))

                let check = GradientCheck.Run(problem.Objective, near)
                Expect.isTrue check.IsRight (string check))

            testCase $"{problem}: what is said of the minimum" (fun () ->
                let objective = problem.Objective

                match objective.Minimizer with
                | null -> ()
                | point ->
                    // The squares of roundings.
                    Expect.isLessThanOrEqual (value problem (Seq.toArray point)) 1e-28 "f at the minimizer"
                    Expect.equal problem.Minima[0] 0.0 "published"

                Expect.isGreaterThan (value problem problem.Start) problem.Minima[0] "the start is above")

            testCase $"{problem}: L-BFGS reaches a published minimum" (fun () ->
                let result = minimized problem

                let best =
                    match result.Best with
                    | null -> nan
                    | best -> best.Value

                if not (problem.Minima |> Seq.exists (fun minimum -> isMinimum minimum best)) then
                    failtestf "%O, published %A" result (List.ofSeq problem.Minima))
    ]
