module OptVerify.Tests.ProblemTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open OptVerify

let private generators: (string * Gen<Problem>) list = [
    "quadratics", Quadratics.stronglyConvex
    "rank-deficient quadratics", Quadratics.rankDeficient
    "indefinite quadratics", Quadratics.indefinite
    "piecewise, convex", Piecewise.convex
    "piecewise, strongly convex", Piecewise.stronglyConvex 1000.0
    "polygons", Polygons.stronglyConvex 100.0
    "logistic", Losses.logistics
    "log cosh", Losses.logCoshes
    "sines", Nonconvex.lojasiewicz
    "ripples", Nonconvex.smooth
    "residuals", Nonsmooth.convex
    "kinked bowls", Nonsmooth.stronglyConvex
    "steep", SteepFunctions.problems |> Gen.map (fun (steep: SteepProblem) -> steep.Problem)
    "interpolating sums", Sums.interpolatingSums |> Gen.map (fun (sum: Sum) -> sum.Whole)
    "sums of quadratics", Sums.quadraticSums |> Gen.map (fun (sum: Sum) -> sum.Whole)
]

let private sample count (gen: Gen<'a>) =
    Gen.sampleWithSeed (Rnd(Sampling.seed, 2UL * Sampling.seed + 1UL)) 50 count gen
    |> List.ofSeq

let private norm (x: float[]) = sqrt (Array.sumBy (fun v -> v * v) x)

// Central differences: error h² f'''/6 + ε|f|/h; kinks are avoided by the smooth classes alone.
let private differences (problem: Problem) =
    let value, gradient = problem.At problem.Start

    for i in 0 .. problem.Dimension - 1 do
        let h = 1e-5 * (1.0 + abs problem.Start[i])

        let at shift =
            fst (problem.At(Array.updateAt i (problem.Start[i] + shift) problem.Start))

        let slope = (at h - at -h) / (2.0 * h)
        // Lipschitz gradients differ by at most L h within the stencil.
        let allowed =
            problem.Smoothness * h
            + 1e-9 * (abs value / h + norm gradient)
            + 1e-6 * norm gradient

        if Double.IsFinite allowed then
            Expect.isLessThanOrEqual (abs (slope - gradient[i])) (allowed + 1e-12) $"{problem}: derivative {i}"

let private facts (problem: Problem) =
    match problem.Minimizer with
    | None -> ()
    | Some minimizer ->
        let value, gradient = problem.At minimizer
        Expect.isLessThanOrEqual (abs (value - problem.Minimum)) (1e-12 * (1.0 + abs value)) $"{problem}: f(x*)"

        if Double.IsFinite problem.Smoothness then
            Expect.isLessThanOrEqual
                (norm gradient)
                (1e-12 * problem.Smoothness * (1.0 + norm minimizer))
                $"{problem}: ∇f(x*)"

let private growth (problem: Problem) =
    let value, gradient = problem.At problem.Start
    let gap = value - problem.Minimum

    if problem.Growth > 0.0 && problem.Minimizer.IsSome then
        let slack =
            1e-10
            * problem.Smoothness
            * (gap + norm problem.Start * norm problem.Start * 1e-4)

        Expect.isLessThanOrEqual (2.0 * problem.Growth * gap) (norm gradient ** 2.0 + slack) $"{problem}: PL"

    Expect.isLessThanOrEqual (norm gradient) (problem.Lipschitz * (1.0 + 1e-12)) $"{problem}: ‖g‖ ≤ G"
    Expect.isGreaterThanOrEqual value (problem.Minimum - 1e-12 * (1.0 + abs value)) $"{problem}: f ≥ f*"

let private inClass (problem: Problem) =
    let other = problem.Start |> Array.mapi (fun i x -> 0.3 * x + sin (float (i + 1)))
    let fx, gx = problem.At problem.Start
    let fy, gy = problem.At other

    let L =
        if Double.IsFinite problem.Smoothness then
            problem.Smoothness
        else
            0.0

    let size = norm problem.Start + norm other + 1.0
    let scale = abs fx + abs fy + (norm gx + norm gy + L * size) * size
    let q = problem.Convexity / problem.Smoothness
    let lost = if q > 0.0 && q < 1.0 then 1.0 / (1.0 - q) else 1.0

    Expect.isGreaterThanOrEqual
        (Problem.interpolation problem problem.Start other)
        (-1e-13 * lost * scale)
        $"{problem}: U-6"

[<Tests>]
let tests =
    testList "problems" [
        for name, generator in generators do
            testList name [
                testCase "gradients are numerical gradients" (fun () ->
                    for problem in sample 200 generator do
                        differences problem)
                testCase "facts hold at the minimiser and at the start" (fun () ->
                    for problem in sample 200 generator do
                        facts problem
                        growth problem)
                testCase "the interpolation inequality holds" (fun () ->
                    for problem in sample 200 generator do
                        inClass problem)
                testCase "smaller problems are in their class too" (fun () ->
                    for problem in sample 20 generator do
                        for simpler in Seq.truncate 20 (problem.Simpler()) do
                            facts simpler
                            growth simpler
                            inClass simpler)
            ]
        testCase "the sawtooth shows the same gradient at every step" (fun () ->
            let run =
                Trajectory.run (OptDsl.HeadWords.sgd 0.5) (Piecewise.sawtooth 2.0 1.0 0.5 8) 8

            for k in 0..8 do
                Expect.floatClose Accuracy.veryHigh (run.Gradients[k][0]) 2.0 "gradient")
        testCase "sums over all paths are exact means" (fun () ->
            Expect.equal (Sums.expectation (Sums.signs 5 |> Array.map Array.sum)) 0.0 "mean of the noise"
            Expect.equal (Sums.paths 3 4).Length 81 "paths")
    ]
