namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptDsl

/// <summary>The heavy ball: <c>sgd a |> momentum b</c>.</summary>
[<RequireQualifiedAccess>]
module HeavyBall =

    let private ball a b = sgd a |> momentum b

    // Polyak's tuning of (m, L): step, momentum, rate.
    let private polyak m L =
        let r = (sqrt (L / m) - 1.0) / (sqrt (L / m) + 1.0)
        4.0 / (sqrt L + sqrt m) ** 2.0, r * r, r

    // ρ(λ) of z² − (1+b−aλ)z + b.
    let private radius a b lambda =
        let c = 1.0 + b - a * lambda

        if c * c <= 4.0 * b then
            sqrt b
        else
            (abs c + sqrt (c * c - 4.0 * b)) / 2.0

    /// HB-1.
    let stability =
        let settings =
            Gen.zip3 (Draw.uniform 0.0 0.9) (Draw.logUniform 0.1 10.0) (Gen.elements [ true; false ])

        let tell (b, L, stable) =
            let optimizer = ball ((if stable then 0.95 else 1.05) * 2.0 * (1.0 + b) / L) b
            let problem = Quadratics.line L 1.0

            $"Trajectory.run ({optimizer}) ({problem}) 300",
            fun machine ->
                let run = Trajectory.runOn machine optimizer problem 300

                // 5 % away from the limit the larger eigenvalue is at most √0.9 or at least 1.1.
                [
                    Finding.holds
                        "the formula is stable exactly below the limit"
                        -1
                        (radius optimizer.Rate b L < 1.0 = stable)
                    if stable then
                        Finding.atMost "|x_300|" 300 1e-2 0.0 (run.DistanceAt 300)
                    else
                        Finding.atMost "1/|x_300|" 300 1e-2 0.0 (1.0 / run.DistanceAt 300)
                ]

        law
            "HB-1"
            "heavy ball on quadratics: stable exactly below 2(1+b)/L"
            "|x_N| → 0 for aL < 2(1+b), |x_N| → ∞ for aL > 2(1+b)"
            "f quadratic, 0 ≤ b < 1"
            (Attained "Lx²/2")
            (source "Polyak" 1964 "Theorem 9; Schur and Cohn")
            (settings |> Gen.map (Trial.over (fun _ -> Seq.empty) tell))

    /// HB-2.
    let spectralRadius =
        let settings =
            Gen.zip3 (Draw.uniform 0.1 0.9) (Draw.uniform 0.1 0.9) (Draw.logUniform 0.1 10.0)

        law
            "HB-2"
            "heavy ball on quadratics: spectral radius"
            "|det(x_k, x_{k+1})| factor: x_{k+2} − (1+b−aλ)x_{k+1} + b x_k = 0, ρ = √b or (|c|+√(c²−4b))/2"
            "f = λx²/2, 0 < aλ < 2(1+b)"
            Identity
            (source "Polyak" 1964 "Theorem 9")
            (Cases.worst
                40
                settings
                (fun (_, _, L) _ -> Quadratics.line L 1.0)
                (fun problem (b, share, _) _ -> ball (share * 2.0 * (1.0 + b) / problem.Smoothness) b)
                (fun (b, _, L) run ->
                    let a = run.Optimizer.Rate
                    let c = 1.0 + b - a * L
                    let x k = run.Points[k][0]
                    let rho = radius a b L

                    // The Casorati determinant shrinks by b: the product of the two eigenvalues.
                    let det k = x k * x (k + 2) - x (k + 1) * x (k + 1)

                    [
                        for k in 0 .. run.Steps - 2 do
                            let terms = abs (x (k + 2)) + abs (c * x (k + 1)) + abs (b * x k)

                            Finding.equal
                                "x_{k+2}"
                                (k + 2)
                                (c * x (k + 1) - b * x k)
                                (16.0 * float (k + 1) * Vec.eps * (terms + abs (x 0) * rho ** float k))
                                (x (k + 2))

                        for k in 0 .. run.Steps - 3 do
                            let size = x k * x k + x (k + 1) * x (k + 1) + x (k + 2) * x (k + 2)

                            Finding.equal
                                "determinant"
                                k
                                (b * det k)
                                (64.0 * float (k + 1) * Vec.eps * (size + rho ** float (2 * k)))
                                (det (k + 1))
                    ]))

    /// HB-3.
    let optimal =
        let settings = Draw.logUniform 1.5 1000.0

        law
            "HB-3"
            "heavy ball on quadratics: Polyak's tuning"
            "ρ = (√κ−1)/(√κ+1) for a = 4/(√L+√m)², b = ρ²; no (a, b) does better"
            "f quadratic with spectrum in [m, L]"
            (Attained "mx²/2, Lx²/2")
            (source "Polyak" 1964 "Theorem 9")
            (Cases.worst
                30
                (Gen.zip settings (Draw.uniform 0.0 1.0))
                (fun (kappa, place) _ -> Quadratics.line (kappa ** place) 1.0)
                (fun _ (kappa, _) _ -> let a, b, _ = polyak 1.0 kappa in ball a b)
                (fun (kappa, place) run ->
                    let _, _, r = polyak 1.0 kappa
                    let n = run.Steps
                    // At ρ² the roots are complex or double: |x_N| ≤ (1 + N(1+r)) r^N.
                    let bound = (1.0 + float n * (1.0 + r)) * r ** float n
                    let other = radius (1.1 * run.Optimizer.Rate) (r * r) kappa

                    [
                        Finding.atMost
                            $"|x_N| at λ = κ^{place}"
                            n
                            bound
                            (16.0 * float n * Vec.eps * float n)
                            (run.DistanceAt n)
                        Finding.holds "a longer step has a larger radius at L" -1 (other >= r)
                    ]))

    /// HB-4.
    let transient =
        let bound kappa n =
            let _, _, r = polyak 1.0 kappa
            (1.0 + float n * (1.0 + r)) * r ** float n

        law
            "HB-4"
            "heavy ball on quadratics: every step"
            "‖x_N − x*‖ ≤ (1 + N(1+r)) r^N R; r^N R alone is false"
            "f quadratic with spectrum in [m, L], Polyak's tuning, r = (√κ−1)/(√κ+1)"
            (Attained "Lx²/2")
            (own "Chebyshev polynomials at a Jordan block")
            (Cases.withWorst
                (Cases.runs
                    50
                    (Quadratics.conditionedTo 1000.0)
                    (Gen.constant ())
                    (fun problem () _ -> let a, b, _ = polyak problem.Convexity problem.Smoothness in ball a b)
                    (fun () run ->
                        Cases.everyStep run (fun k ->
                            let bound = bound (1.0 / run.Problem.Ratio) k * run.Problem.Distance
                            // Errors grow with the transient and, for x* ≠ 0, with κ: section 1.
                            let slack =
                                8.0
                                * Vec.eps
                                * (float (k * k) * float run.Problem.Dimension * run.Problem.Distance
                                   + Slack.floor run k / Vec.eps / run.Problem.Ratio)

                            Finding.atMost "‖x−x*‖" k bound (1e-12 * bound + slack) (run.DistanceAt k))))
                (Cases.worst
                    30
                    (Draw.logUniform 1.5 1000.0)
                    (fun kappa _ -> Quadratics.line kappa 1.0)
                    (fun _ kappa _ -> let a, b, _ = polyak 1.0 kappa in ball a b)
                    (fun kappa run ->
                        let n = run.Steps
                        // The double eigenvalue splits by √ε.
                        [
                            Finding.equal
                                "‖x−x*‖"
                                n
                                (bound kappa n)
                                (1e-10 * float (n * n) * bound kappa 0)
                                (run.DistanceAt n)
                        ])))

    /// HB-5.
    let ghadimi =
        law
            "HB-5"
            "heavy ball on strongly convex functions"
            "f(x_N) − f* ≤ (1−am)^N (f_0 − f*)"
            "f m-strongly convex, L-smooth; 0 < a ≤ 1/L, b = √((1−am)(1−La))"
            Valid
            (source "Ghadimi, Feyzmahdavian and Johansson" 2015 "Theorem 4")
            (Cases.runs
                50
                Pools.stronglyConvex
                (Draw.inside 0.0 1.0)
                (fun problem h _ -> ball (h / problem.Smoothness) (sqrt ((1.0 - h * problem.Ratio) * (1.0 - h))))
                (fun h run ->
                    Cases.everyStep run (fun k ->
                        let bound = (1.0 - h * run.Problem.Ratio) ** float k * run.Gap 0

                        let slack =
                            Slack.floor run k * (run.NormAt k + run.Problem.Smoothness * Slack.floor run k)

                        Finding.atMost "f − f*" k bound (1e-12 * bound + float k * slack) (run.Gap k))))

    /// HB-6.
    let cesaro =
        let settings = Gen.zip (Draw.uniform 0.0 0.9) (Draw.inside 0.0 2.0)

        let build (problem: Problem) (b: float, share: float) (_: int) =
            ball (share * (1.0 - b) / problem.Smoothness) b |> polyakAverage

        law
            "HB-6"
            "heavy ball on convex functions: average of the iterates"
            "f(x̄) − f* ≤ [b/(1−b)(f_0−f*) + (1−b)/(2a) R²]/(T+1), and its continuation to a < 2(1−b)/L"
            "f convex, L-smooth, x̄ the mean of x_0 … x_T; 0 ≤ b < 1, 0 < a < 2(1−b)/L"
            Valid
            (source "Ghadimi, Feyzmahdavian and Johansson" 2015 "Theorems 1 and 2")
            (Cases.runs 50 Pools.convex settings build (fun (b, share) run ->
                let T = float run.Steps
                let L, a = run.Problem.Smoothness, run.Optimizer.Rate
                let R2 = run.Problem.Distance ** 2.0

                // polyakAverage is the mean of x_1 … x_T.
                let mean =
                    run.States[run.Steps].Slot "polyakAverage"
                    |> Array.map2 (fun first mean -> (first + T * mean) / (T + 1.0)) run.Problem.Start

                let bound =
                    if share <= 1.0 then
                        (b / (1.0 - b) * run.Gap 0 + (1.0 - b) / (2.0 * a) * R2) / (T + 1.0)
                    else
                        (2.0 * b * run.Gap 0 + (1.0 - b) ** 2.0 * R2 / a)
                        / (2.0 * (T + 1.0) * (2.0 * (1.0 - b) - a * L))

                let slack = Slack.floor run run.Steps
                let gap = fst (run.Problem.At mean) - run.Problem.Minimum

                [
                    Finding.atMost
                        "f(x̄) − f*"
                        run.Steps
                        bound
                        (1e-12 * bound + L * slack * (run.Problem.Distance + slack))
                        gap
                ]))

    /// HB-7.
    let lastIterate =
        let build (problem: Problem) _ (_: int) =
            sgd (1.0 / problem.Smoothness)
            |> schedule (Schedule.inverseTime 0.5 |> Schedule.scaleBy 0.5)
            |> stage (HeavyBallSequence(FractionCoefficients 2))

        let bound (run: Trajectory) k =
            run.Problem.Smoothness * run.Problem.Distance ** 2.0 / (2.0 * float (k + 1))

        law
            "HB-7"
            "heavy ball with growing momentum: last iterate"
            "f(x_N) − f* ≤ L R²/(2(N+1))"
            "f convex, L-smooth; a_t = 1/(L(t+2)), b_t = t/(t+2)"
            (Attained "Huber's function")
            (source "Goujaud, Taylor and Dieuleveut" 2022 "Theorems 2.3 and 2.4; Ghadimi et al. 2015")
            (Cases.withWorst
                (Cases.runs 50 Pools.convex (Gen.constant 0.0) build (fun _ run ->
                    Cases.everyStep run (fun k ->
                        let slack = Slack.floor run k

                        Finding.atMost
                            "f − f*"
                            k
                            (bound run k)
                            (1e-12 * bound run k + slack * (run.NormAt k + run.Problem.Smoothness * slack))
                            (run.Gap k))))
                (Cases.worst
                    50
                    (Gen.zip (Draw.logUniform 0.1 10.0) (Draw.logUniform 0.1 10.0))
                    (fun (L, R) n -> Piecewise.huber L (R / float (n + 1)) R)
                    (fun problem _ n -> build problem 0.0 n)
                    (fun _ run ->
                        let n = run.Steps

                        [
                            Finding.equal "f − f*" n (bound run n) (8.0 * float n * Vec.eps * bound run n) (run.Gap n)
                        ])))

    /// HB-9.
    let telescoping =
        law
            "HB-9"
            "heavy ball: telescoping"
            "x_T − x_0 = −(lr/(1−b)) (Σ_{t<T} g_t − b v_T)"
            "constant lr, any gradients"
            Identity
            (own "sum of the recursion of v")
            (Cases.feeds
                (GradientSequence.arbitrary 30 4)
                (Gen.zip (Draw.logUniform 1e-3 1.0) (Draw.uniform 0.0 0.95))
                (fun (rate, b) -> ball rate b)
                (fun (rate, b) sequence response ->
                    let total = Array.reduce Vec.add sequence.Gradients
                    let v = response.Trail[sequence.Steps].Slot "momentum.v"
                    let expected = Vec.scale (-rate / (1.0 - b)) (Vec.sub total (Vec.scale b v))

                    let size =
                        (Seq.sumBy Vec.norm sequence.Gradients) * rate / (1.0 - b)
                        + Vec.norm sequence.Start * float sequence.Steps

                    [
                        Finding.close
                            "x_T − x_0"
                            sequence.Steps
                            size
                            1e-13
                            expected
                            (Vec.sub response.Last sequence.Start)
                    ]))

    /// <summary>HB-1 … HB-7, HB-9.</summary>
    let laws: Law list = [
        stability
        spectralRadius
        optimal
        transient
        ghadimi
        cesaro
        lastIterate
        telescoping
    ]
