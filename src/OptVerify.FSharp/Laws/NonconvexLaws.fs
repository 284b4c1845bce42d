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

    // N·min(4h − h², 4h − h³), in units of 1/L.
    let private progress h n =
        float n * min (4.0 * h - h * h) (4.0 * h - h * h * h)

    let private saw =
        Cases.worst
            12
            (ProblemDraws.scaled (Draw.inside 0.0 1.0))
            (fun (h, L, G) n -> Piecewise.sawtooth G L h n)
            (fun problem (h, _, _) n -> build problem h n)

    let private smallestBound (run: Trajectory) h n =
        4.0 * run.Problem.Smoothness * run.Gap 0 / (progress h n + 2.0)

    /// NC-1 of a run with steps h/L.
    let internal judgeSmallest (h: float) (run: Trajectory) =
        let bound = smallestBound run h run.Steps
        let slack = run.Problem.Smoothness * Slack.value run run.Steps bound + 1e-12 * bound
        [ Finding.atMost "min ‖g‖²" run.Steps bound slack (least run) ]

    /// NC-1.
    let smallest =
        law
            "NC-1"
            "gradient descent, nonconvex: smallest gradient"
            "min_k ‖g_k‖² ≤ 4(f_0 − f*)/(N min(4η−Lη², 4η−L²η³) + 2/L)"
            "f L-smooth, bounded below; η = h/L, 0 < h ≤ √3 (false beyond)"
            (Attained "sawtooth, h ≤ 1")
            (source "Abbaszadehpeivasti, de Klerk and Zamani" 2021 "Theorem 2")
            (Cases.withWorst
                (Cases.runs steps any (Draw.uniform 0.01 1.73) build judgeSmallest)
                (saw (fun (h, _, _) run ->
                    let bound = smallestBound run h run.Steps
                    [ Finding.equal "min ‖g‖²" run.Steps bound (sawSlack h run bound) (least run) ])))

    /// NC-2.
    let byLastValue =
        let bound (run: Trajectory) h =
            4.0 * run.Problem.Smoothness * (run.Values[0] - run.Values[run.Steps])
            / progress h run.Steps

        law
            "NC-2"
            "gradient descent, nonconvex: smallest gradient against the decrease"
            "min_k ‖g_k‖² ≤ 4L(f_0 − f_N)/(N min(4h−h², 4h−h³))"
            "f L-smooth; η = h/L, 0 < h ≤ √3"
            (Attained "sawtooth, h ≤ 1")
            (source "Abbaszadehpeivasti, de Klerk and Zamani" 2021 "Theorem 2, with f(x_N)")
            (Cases.withWorst
                (Cases.runs steps any (Draw.uniform 0.01 1.73) build (fun h run ->
                    let slack =
                        4.0 * run.Problem.Smoothness * Slack.value run run.Steps 0.0
                        / progress h run.Steps

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

    /// NC-3 of a run with steps h/L.
    let internal judgeClassical (h: float) (run: Trajectory) =
        let L, n = run.Problem.Smoothness, float run.Steps
        let bound = L * run.Gap 0 / (n * h * (1.0 - h / 2.0) + 0.5)
        let slack = 2.0 * L * Slack.value run run.Steps bound + 1e-12 * bound
        [ Finding.atMost "min ‖g‖²" run.Steps bound slack (least run) ]

    /// NC-3.
    let classical =
        law
            "NC-3"
            "gradient descent, nonconvex: classical bound"
            "min_k ‖g_k‖² ≤ (f_0 − f*)/(Nη(1−h/2) + 1/(2L))"
            "f L-smooth, bounded below; η = h/L, 0 < h < 2"
            Valid
            (source "Nesterov" 2004 "page 28")
            (Cases.runs steps any (Draw.inside 0.0 2.0) build judgeClassical)

    /// NC-4 of a run with steps h_k/L.
    let internal judgeDescent (h: int -> float) (run: Trajectory) =
        Cases.everyUpdate run (fun k ->
            let drop = h k / run.Problem.Smoothness * (1.0 - h k / 2.0) * run.NormAt k ** 2.0

            Finding.atMost "f⁺" k (run.Values[k] - drop) (Slack.value run 4 drop) run.Values[k + 1])

    /// NC-4.
    let descent =
        law
            "NC-4"
            "gradient descent: descent lemma"
            "f_{k+1} ≤ f_k − η(1−h/2)‖g_k‖²"
            "f L-smooth; η = h/L, 0 < h < 2"
            (Attained "Lx²/2, sawtooth")
            (source "Nesterov" 2004 "Lemma 1.2.3")
            (Cases.runs steps any (Draw.inside 0.0 2.0) build (fun h -> judgeDescent (fun _ -> h)))

    let private lojasiewicz =
        Gen.frequency [
            2, Nonconvex.lojasiewicz
            1, Quadratics.rankDeficient
            1, ProblemDraws.stronglyConvex
        ]

    /// PL-1.
    let linear =
        law
            "PL-1"
            "gradient descent under PL: linear convergence"
            "f_{k+1} − f* ≤ (1 − 2μη(1−h/2))(f_k − f*)"
            "f L-smooth, ‖∇f‖² ≥ 2μ(f − f*); η = h/L, 0 < h < 2"
            Valid
            (source "Polyak" 1963 "; Karimi, Nutini and Schmidt 2016, Theorem 1")
            (Cases.runs steps lojasiewicz (Draw.inside 0.0 2.0) build (fun h run ->
                Cases.everyUpdate run (fun k ->
                    let factor =
                        1.0 - 2.0 * run.Problem.Growth / run.Problem.Smoothness * h * (1.0 - h / 2.0)

                    let bound = factor * run.Gap k
                    Finding.atMost "f⁺ − f*" k bound (1e-12 * run.Gap k + Slack.stepGap run k) (run.Gap(k + 1)))))

    /// PL-2.
    let sharp =
        law
            "PL-2"
            "gradient descent under PL: sharper factor"
            "f_{k+1} − f* ≤ ((2L−2μ)/(2L+μ)) (f_k − f*)"
            "f L-smooth, PL with μ; η = 1/L"
            Valid
            (source "Abbaszadehpeivasti, de Klerk and Zamani" 2023 "Theorem 3, l = −L")
            (Cases.runs steps lojasiewicz (Gen.constant 1.0) build (fun _ run ->
                let mu, L = run.Problem.Growth, run.Problem.Smoothness

                Cases.everyUpdate run (fun k ->
                    let bound = (2.0 * L - 2.0 * mu) / (2.0 * L + mu) * run.Gap k
                    Finding.atMost "f⁺ − f*" k bound (1e-12 * run.Gap k + Slack.stepGap run k) (run.Gap(k + 1)))))

    /// PL-3.
    let noisy =
        let tell (problem: Problem, h: float, sigma: float, n: int) =
            let optimizer = sgd (h / problem.Smoothness)

            $"{optimizer} on {problem}, noise ±{Code.number sigma} on every coordinate, {n} steps, all sign sequences",
            fun machine ->
                let problem = {
                    problem with
                        Objective = machine.Observe problem.Objective
                }

                let d = problem.Dimension
                let plan = machine.Plan(optimizer, d)

                let last (signs: float[]) =
                    let mutable state = plan.Init problem.Start

                    for k in 0 .. n - 1 do
                        let value, gradient = problem.At(state.ToArray())
                        state <- machine.Step state (gradient |> Array.map (fun g -> g + sigma * signs[k])) value

                    fst (problem.At(state.ToArray())) - problem.Minimum

                let expected = Sums.expectation (Array.map last (Sums.signs n))
                let eta, L, mu = h / problem.Smoothness, problem.Smoothness, problem.Growth
                let gap = fst (problem.At problem.Start) - problem.Minimum
                let variance = float d * sigma * sigma
                let bound = (1.0 - mu * eta) ** float n * gap + L * eta * variance / (2.0 * mu)
                [ Finding.atMost "E f − f*" n bound (1e-11 * bound) expected ]

        law
            "PL-3"
            "stochastic gradient descent under PL"
            "E f_N − f* ≤ (1−μη)^N (f_0 − f*) + Lησ²/(2μ)"
            "f L-smooth, PL with μ; unbiased noise of variance σ²; 0 < η ≤ 1/L"
            Valid
            (source "Karimi, Nutini and Schmidt" 2016 "Theorem 4, the argument; by exact enumeration")
            (gen {
                let! problem = Nonconvex.lojasiewicz
                let! h = Draw.inside 0.0 1.0
                let! sigma = Draw.logUniform 0.01 10.0
                let! n = Gen.choose (1, 7)

                let shrink (problem: Problem, h, sigma, n) =
                    Seq.append
                        (Draw.shrinkCount 1 n |> Seq.map (fun n -> problem, h, sigma, n))
                        (problem.Simpler() |> Seq.map (fun problem -> problem, h, sigma, n))

                return Trial.over shrink tell (problem, h, sigma, n)
            })

    /// <summary>NC-1 … NC-4, PL-1 … PL-3.</summary>
    let laws: Law list = [ smallest; byLastValue; classical; descent; linear; sharp; noisy ]
