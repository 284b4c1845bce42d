namespace OptVerify

open FsCheck.FSharp
open OptDsl

/// <summary>Gradient descent on strongly convex smooth functions.</summary>
[<RequireQualifiedAccess>]
module StronglyConvexLaws =

    let private steps = 50
    let private build (problem: Problem) (h: float) (_: int) = sgd (h / problem.Smoothness)

    let private rho (problem: Problem) h =
        max (abs (1.0 - h * problem.Ratio)) (abs (1.0 - h))

    let private longStep = Draw.inside 0.0 2.0

    // One step from measured values: faults are found where they happen.
    let private everyContraction statement power slack value (h: int -> float) (run: Trajectory) =
        Cases.everyUpdate run (fun k ->
            let bound = rho run.Problem (h k) ** power * value run k
            Finding.atMost $"{statement} at one step" k bound (slack run k) (value run (k + 1)))

    /// SC-1 of a run with steps h_k/L.
    let internal judgeDistance h run =
        everyContraction "‖x⁺ − x*‖ ≤ ρ‖x − x*‖" 1.0 Slack.stepDistance (fun run k -> run.DistanceAt k) h run

    /// SC-2 of a run with steps h_k/L.
    let internal judgeNorm h run =
        everyContraction "‖g⁺‖ ≤ ρ‖g‖" 1.0 Slack.stepGradient (fun run k -> run.NormAt k) h run

    /// SC-3 of a run with steps h_k/L.
    let internal judgeGap h run =
        everyContraction "f⁺ − f* ≤ ρ²(f − f*)" 2.0 Slack.stepGap (fun run k -> run.Gap k) h run

    let private contraction id name statement author slack power value =
        law
            id
            name
            statement
            "f m-strongly convex, L-smooth; 0 < η < 2/L, ρ = max(|1−ηm|, |1−ηL|)"
            (Attained "mx²/2, Lx²/2")
            author
            (Cases.withWorst
                (Cases.runs steps ProblemDraws.stronglyConvex longStep build (fun h ->
                    everyContraction statement power slack value (fun _ -> h)))
                (Cases.worst
                    steps
                    (ProblemDraws.scaled longStep)
                    (fun (_, L, R) _ -> Quadratics.line L R)
                    (fun problem (h, _, _) n -> build problem h n)
                    (fun (h, _, _) run ->
                        let n = run.Steps

                        let bound k =
                            rho run.Problem h ** (power * float k) * value run 0

                        let root k = bound k ** (1.0 / power)
                        let slack = Slack.norm run root n

                        let slack =
                            if power = 1.0 then
                                slack
                            else
                                slack * (2.0 * root n + slack)

                        [ Finding.equal statement n (bound n) slack (value run n) ])))

    let private theorems =
        source "Taylor, Hendrickx and Glineur" 2018 "Theorems 3.1 to 3.3"

    /// SC-1.
    let distance =
        contraction
            "SC-1"
            "gradient descent: contraction of the distance"
            "‖x_N − x*‖ ≤ ρ^N R"
            (source "Polyak" 1987 "section 1.4, Theorem 3")
            Slack.stepDistance
            1.0
            (fun run k -> run.DistanceAt k)

    /// SC-2.
    let norm =
        contraction
            "SC-2"
            "gradient descent: contraction of the gradient"
            "‖g_N‖ ≤ ρ^N ‖g_0‖"
            theorems
            Slack.stepGradient
            1.0
            (fun run k -> run.NormAt k)

    /// SC-3.
    let gap =
        contraction
            "SC-3"
            "gradient descent: contraction of the gap"
            "f(x_N) − f* ≤ ρ^(2N)(f_0 − f*)"
            theorems
            Slack.stepGap
            2.0
            (fun run k -> run.Gap k)

    // q/((q−1) + (1−qh)^(−p)) with its limit 1/(ph+1) for q → 0, where it cancels.
    let private decay q h p =
        if q < 1e-8 then
            1.0 / (p * h + 1.0)
        else
            q / ((q - 1.0) + (1.0 - q * h) ** -p)

    let private overDistance id name statement tight author slack p (bound: Problem -> float) value knee =
        let rate q h n =
            max (decay q h (p * float n)) (abs (1.0 - h) ** (p * float n))

        let settings =
            Gen.map2 (fun scaled q -> scaled, q) (ProblemDraws.scaled longStep) (Draw.logUniform 1e-3 0.99)

        let worst ((h, L, R), q) n =
            if decay q h (p * float n) >= abs (1.0 - h) ** (p * float n) then
                Piecewise.twoSlopes (q * L) L (knee R q h n) R
            else
                Quadratics.line L R

        law
            id
            name
            statement
            "f m-strongly convex, L-smooth; η = h/L, 0 < h < 2, q = m/L"
            tight
            author
            (Cases.withWorst
                (Cases.runs steps ProblemDraws.stronglyConvex longStep build (fun h run ->
                    Cases.everyStep run (fun k ->
                        let bound k =
                            bound run.Problem * rate run.Problem.Ratio h k
                        // 1/(q−1+(1−qh)^−p) loses log₂(1/q) digits.
                        let lost = 8.0 * Vec.eps * float k / max run.Problem.Ratio 1e-8 * bound k
                        Finding.atMost statement k (bound k) (slack run bound k + lost) (value run k))))
                (Cases.worst steps settings worst (fun _ ((h, L, _), _) _ -> sgd (h / L)) (fun ((h, _, _), q) run ->
                    let n = run.Steps
                    let bound k = bound run.Problem * rate q h k
                    let lost = 16.0 * Vec.eps * float n / q * bound n

                    let relative =
                        if p = 2.0 then
                            Slack.exactGap run bound n
                        else
                            Slack.norm run bound n

                    [ Finding.equal statement n (bound n) (relative + lost) (value run n) ])))

    /// SC-4.
    let gapByDistance =
        overDistance
            "SC-4"
            "gradient descent: gap against distance"
            "f(x_N) − f* ≤ (L R²/2) max(q/((q−1)+(1−qh)^(−2N)), (1−h)^(2N))"
            (Attained "two slopes, Lx²/2")
            (source "J. Kim" 2024 "arXiv 2412.04427")
            Slack.gap
            2.0
            (fun problem -> problem.Smoothness * problem.Distance ** 2.0 / 2.0)
            (fun run k -> run.Gap k)
            (fun R q h n -> R * q / ((q - 1.0) + (1.0 - q * h) ** float (-2 * n)))

    let private kneeOfNorm R q h n =
        R * q / ((q - 1.0) + (1.0 - q * h) ** float -n)

    /// SC-5.
    let normByGap =
        overDistance
            "SC-5"
            "gradient descent: gradient norm against gap"
            "‖g_N‖² ≤ 2L(f_0 − f*) max(q/((q−1)+(1−qh)^(−2N)), (1−h)^(2N))"
            (Attained "two slopes, Lx²/2")
            (source "J. Kim" 2024 "arXiv 2412.04435; Rotaru, Glineur and Patrinos 2024")
            (fun run -> Slack.square (Slack.gradient run))
            2.0
            (fun problem -> 2.0 * problem.Smoothness * (fst (problem.At problem.Start) - problem.Minimum))
            (fun run k -> run.NormAt k ** 2.0)
            kneeOfNorm

    /// SC-6.
    let normByDistance =
        overDistance
            "SC-6"
            "gradient descent: gradient norm against distance"
            "‖g_N‖ ≤ L R max(q/((q−1)+(1−qh)^(−N)), |1−h|^N)"
            (Conjectured "two slopes, Lx²/2")
            (source "Taylor" 2017 "thesis, conjecture; numerically exact")
            Slack.gradient
            1.0
            (fun problem -> problem.Smoothness * problem.Distance)
            (fun run k -> run.NormAt k)
            kneeOfNorm

    /// SC-7.
    let conversions =
        law
            "SC-7"
            "distance, gradient and gap bound each other"
            "m‖x−x*‖ ≤ ‖g‖ ≤ L‖x−x*‖, (m/2)‖x−x*‖² ≤ f−f* ≤ (L/2)‖x−x*‖², ‖g‖²/(2L) ≤ f−f* ≤ ‖g‖²/(2m)"
            "f m-strongly convex, L-smooth"
            (Attained "mx²/2, Lx²/2")
            (source "Nesterov" 2004 "Theorems 2.1.5 and 2.1.10")
            (Cases.runs 10 ProblemDraws.stronglyConvex longStep build (fun _ run ->
                let m, L = run.Problem.Convexity, run.Problem.Smoothness

                [
                    for k in 0 .. run.Steps do
                        let d, g, gap = run.DistanceAt k, run.NormAt k, run.Gap k
                        // Gradient and value carry errors of L ε (‖x*‖ + ‖x − x*‖).
                        let floor = Slack.stepDistance run k
                        let slack = L * floor * (d + floor)
                        Finding.atMost "m‖x−x*‖" k g (L * floor) (m * d)
                        Finding.atMost "‖g‖" k (L * d) (L * floor) g
                        Finding.atMost "(m/2)‖x−x*‖²" k gap slack (m / 2.0 * d * d)
                        Finding.atMost "f−f*" k (L / 2.0 * d * d) slack gap
                        Finding.atMost "‖g‖²/(2L)" k gap slack (g * g / (2.0 * L))
                        Finding.atMost "f−f*" k (g * g / (2.0 * m)) (slack * L / m) gap
                ]))

    /// <summary>SC-1 … SC-7.</summary>
    let laws: Law list = [ distance; norm; gap; gapByDistance; normByGap; normByDistance; conversions ]
