namespace OptVerify

open FsCheck.FSharp
open OptDsl

/// <summary>Gradient descent on smooth functions that need not be convex, and under the condition of Polyak and Łojasiewicz.</summary>
[<RequireQualifiedAccess>]
module NonconvexLaws =

    let private steps = 50
    let private build (problem: Problem) (h: float) (_: int) = sgd (h / problem.Smoothness)

    let private least (run: Trajectory) =
        Seq.min (seq { for k in 0 .. run.Steps -> run.NormAt k ** 2.0 })

    let private any =
        Gen.frequency [ 3, Nonconvex.bounded; 1, ProblemDraws.convex; 1, Losses.logistics ]

    // A peak of the saw is unstable: a step takes an error to (1+h) times itself.
    let private sawSlack h (run: Trajectory) bound =
        64.0 * float run.Steps * (1.0 + h) ** float run.Steps * Vec.eps * bound

    let private saw =
        Cases.worst
            12
            (ProblemDraws.scaled (Draw.inside 0.0 1.0))
            (fun (h, L, G) n -> Piecewise.sawtooth G L h n)
            (fun problem (h, _, _) n -> build problem h n)

    let private smallestBound =
        bound "4L(f_0 − f*)/(N min(4h−h², 4h−h³) + 2)" (fun L gap h N ->
            4.0 * L * gap / (N * min (4.0 * h - h * h) (4.0 * h - h * h * h) + 2.0))

    let private smallestOf h (run: Trajectory) =
        smallestBound.At run.Problem.Smoothness (run.Gap 0) h (float run.Steps)

    /// NC-1 of a run with steps h/L.
    let internal judgeSmallest (h: float) (run: Trajectory) =
        let bound = smallestOf h run
        let slack = run.Problem.Smoothness * Slack.value run run.Steps bound + 1e-12 * bound
        [ Finding.atMost "min ‖g‖²" run.Steps bound slack (least run) ]

    /// NC-1.
    let smallest = {
        Id = "NC-1"
        Name = "gradient descent, nonconvex: smallest gradient"
        Statement = $"min_k ‖g_k‖² ≤ {smallestBound}"
        Assumptions = "f L-smooth, bounded below; η = h/L, 0 < h ≤ √3 (false beyond)"
        Tightness = Attained "sawtooth, h ≤ 1"
        Source = source "Abbaszadehpeivasti, de Klerk and Zamani" 2021 "Theorem 2"
        Cases =
            (Cases.withWorst
                (Cases.runs steps any (Draw.uniform 0.01 1.73) build judgeSmallest)
                (saw (fun (h, _, _) run ->
                    let bound = smallestOf h run
                    [ Finding.equal "min ‖g‖²" run.Steps bound (sawSlack h run bound) (least run) ])))
    }

    let private decreaseBound =
        bound "4L(f_0 − f_N)/(N min(4h−h², 4h−h³))" (fun L drop h N ->
            4.0 * L * drop / (N * min (4.0 * h - h * h) (4.0 * h - h * h * h)))

    /// NC-2.
    let byLastValue =
        let bound (run: Trajectory) h =
            decreaseBound.At run.Problem.Smoothness (run.Values[0] - run.Values[run.Steps]) h (float run.Steps)

        {
            Id = "NC-2"
            Name = "gradient descent, nonconvex: smallest gradient against the decrease"
            Statement = $"min_k ‖g_k‖² ≤ {decreaseBound}"
            Assumptions = "f L-smooth; η = h/L, 0 < h ≤ √3"
            Tightness = Attained "sawtooth, h ≤ 1"
            Source = source "Abbaszadehpeivasti, de Klerk and Zamani" 2021 "Theorem 2, with f(x_N)"
            Cases =
                (Cases.withWorst
                    (Cases.runs steps any (Draw.uniform 0.01 1.73) build (fun h run ->
                        let slack =
                            decreaseBound.At run.Problem.Smoothness (Slack.value run run.Steps 0.0) h (float run.Steps)

                        [
                            Finding.atMost
                                "min ‖g‖²"
                                run.Steps
                                (bound run h)
                                (slack + 1e-12 * abs (bound run h))
                                (least run)
                        ]))
                    (saw (fun (h, _, _) run -> [
                        Finding.equal "min ‖g‖²" run.Steps (bound run h) (sawSlack h run (bound run h)) (least run)
                    ])))
        }

    let private classicalBound =
        bound "L(f_0 − f*)/(Nh(1−h/2) + 1/2)" (fun L gap h N -> L * gap / (N * h * (1.0 - h / 2.0) + 0.5))

    /// NC-3 of a run with steps h/L.
    let internal judgeClassical (h: float) (run: Trajectory) =
        let L = run.Problem.Smoothness
        let bound = classicalBound.At L (run.Gap 0) h (float run.Steps)
        let slack = 2.0 * L * Slack.value run run.Steps bound + 1e-12 * bound
        [ Finding.atMost "min ‖g‖²" run.Steps bound slack (least run) ]

    /// NC-3.
    let classical = {
        Id = "NC-3"
        Name = "gradient descent, nonconvex: classical bound"
        Statement = $"min_k ‖g_k‖² ≤ {classicalBound}"
        Assumptions = "f L-smooth, bounded below; η = h/L, 0 < h < 2"
        Tightness = Valid
        Source = source "Nesterov" 2004 "page 28"
        Cases = Cases.runs steps any (Draw.inside 0.0 2.0) build judgeClassical
    }

    /// NC-4 of a run with steps h_k/L.
    let internal judgeDescent (h: int -> float) (run: Trajectory) =
        Cases.everyUpdate run (fun k ->
            let drop = h k / run.Problem.Smoothness * (1.0 - h k / 2.0) * run.NormAt k ** 2.0

            Finding.atMost "f⁺" k (run.Values[k] - drop) (Slack.value run 4 drop) run.Values[k + 1])

    /// NC-4.
    let descent = {
        Id = "NC-4"
        Name = "gradient descent: descent lemma"
        Statement = "f_{k+1} ≤ f_k − η(1−h/2)‖g_k‖²"
        Assumptions = "f L-smooth; η = h/L, 0 < h < 2"
        Tightness = Attained "Lx²/2, sawtooth"
        Source = source "Nesterov" 2004 "Lemma 1.2.3"
        Cases = Cases.runs steps any (Draw.inside 0.0 2.0) build (fun h -> judgeDescent (fun _ -> h))
    }

    let private lojasiewicz =
        Gen.frequency [
            2, Nonconvex.lojasiewicz
            1, Quadratics.rankDeficient
            1, ProblemDraws.stronglyConvex
        ]

    let private linearBound =
        bound "(1 − 2μη(1−h/2))(f_k − f*)" (fun mu eta h gap -> (1.0 - 2.0 * mu * eta * (1.0 - h / 2.0)) * gap)

    let private sharpBound =
        bound "((2L−2μ)/(2L+μ)) (f_k − f*)" (fun L mu gap -> (2.0 * L - 2.0 * mu) / (2.0 * L + mu) * gap)

    /// PL-1.
    let linear = {
        Id = "PL-1"
        Name = "gradient descent under PL: linear convergence"
        Statement = $"f_{{k+1}} − f* ≤ {linearBound}"
        Assumptions = "f L-smooth, ‖∇f‖² ≥ 2μ(f − f*); η = h/L, 0 < h < 2"
        Tightness = Valid
        Source = source "Polyak 1963; Karimi, Nutini and Schmidt" 2016 "Theorem 1"
        Cases =
            (Cases.runs steps lojasiewicz (Draw.inside 0.0 2.0) build (fun h run ->
                Cases.everyUpdate run (fun k ->
                    let bound =
                        linearBound.At run.Problem.Growth (h / run.Problem.Smoothness) h (run.Gap k)

                    Finding.atMost "f⁺ − f*" k bound (1e-12 * run.Gap k + Slack.stepGap run k) (run.Gap(k + 1)))))
    }

    /// PL-2.
    let sharp = {
        Id = "PL-2"
        Name = "gradient descent under PL: sharper factor"
        Statement = $"f_{{k+1}} − f* ≤ {sharpBound}"
        Assumptions = "f L-smooth, PL with μ; η = 1/L"
        Tightness = Valid
        Source = source "Abbaszadehpeivasti, de Klerk and Zamani" 2023 "Theorem 3, l = −L"
        Cases =
            (Cases.runs steps lojasiewicz (Gen.constant 1.0) build (fun _ run ->
                let mu, L = run.Problem.Growth, run.Problem.Smoothness

                Cases.everyUpdate run (fun k ->
                    let bound = sharpBound.At L mu (run.Gap k)
                    Finding.atMost "f⁺ − f*" k bound (1e-12 * run.Gap k + Slack.stepGap run k) (run.Gap(k + 1)))))
    }

    let private noisyBound =
        bound "(1−μη)^N (f_0 − f*) + Lησ²/(2μ)" (fun L mu eta variance gap N ->
            (1.0 - mu * eta) ** N * gap + L * eta * variance / (2.0 * mu))

    /// PL-3.
    let noisy =
        let tell (problem: Problem, h: float, sigma: float, n: int) =
            let optimizer = sgd (h / problem.Smoothness)

            $"Sums.signs {n} |> Array.map (Trajectory.noisy ({optimizer}) ({problem}) {Code.value sigma})",
            fun subject ->
                let gapOf (signs: float[]) =
                    let run = Trajectory.noisyOn subject optimizer problem sigma signs
                    fst (problem.At run.Last) - problem.Minimum

                let expected = Sums.expectation (Array.map gapOf (Sums.signs n))
                let eta, L, mu = h / problem.Smoothness, problem.Smoothness, problem.Growth
                let gap = fst (problem.At problem.Start) - problem.Minimum

                let bound =
                    noisyBound.At L mu eta (float problem.Dimension * sigma * sigma) gap (float n)

                [ Finding.atMost "E f − f*" n bound (1e-11 * bound) expected ]

        {
            Id = "PL-3"
            Name = "stochastic gradient descent under PL"
            Statement = $"E f_N − f* ≤ {noisyBound}"
            Assumptions = "f L-smooth, PL with μ; unbiased noise of variance σ²; 0 < η ≤ 1/L"
            Tightness = Valid
            Source = source "Karimi, Nutini and Schmidt" 2016 "Theorem 4, the argument; by exact enumeration"
            Cases =
                (gen {
                    let! problem = Nonconvex.lojasiewicz
                    let! h = Draw.inside 0.0 1.0
                    let! sigma = Draw.logUniform 0.01 10.0
                    let! n = Gen.choose (1, 7)

                    let shrink (problem: Problem, h, sigma, n) =
                        Seq.append
                            (Draw.shrinkCount 1 n |> Seq.map (fun n -> problem, h, sigma, n))
                            (problem.Simpler() |> Seq.map (fun problem -> problem, h, sigma, n))

                    return Case.over shrink tell (problem, h, sigma, n)
                })
        }

    /// <summary>NC-1 … NC-4, PL-1 … PL-3.</summary>
    let laws: Law list = [ smallest; byLastValue; classical; descent; linear; sharp; noisy ]
