namespace OptVerify

open FsCheck.FSharp
open OptDsl

/// <summary>Gradient descent on strongly convex smooth functions.</summary>
[<RequireQualifiedAccess>]
module StronglyConvexLaws =

    let private steps = 50
    let private build (problem: Problem) (h: float) (_: int) = sgd (h / problem.Smoothness)

    let private rho =
        bound "max(|1−ηm|, |1−ηL|)" (fun (f: Problem) h -> max (abs (1.0 - h * f.Ratio)) (abs (1.0 - h)))

    let private longStep = Draw.inside 0.0 2.0

    /// A quantity that every step multiplies by ρ^p at most.
    type private Contraction = {
        /// What shrinks: x − x* has p = 1, f − f* has p = 2.
        Value: Trajectory -> int -> float
        Power: float
        Slack: Trajectory -> int -> float
        OneStep: string
    }

    let private ofDistance = {
        Value = fun run -> run.DistanceAt
        Power = 1.0
        Slack = Slack.stepDistance
        OneStep = "‖x⁺ − x*‖ ≤ ρ‖x − x*‖"
    }

    let private ofNorm = {
        Value = fun run -> run.NormAt
        Power = 1.0
        Slack = Slack.stepGradient
        OneStep = "‖g⁺‖ ≤ ρ‖g‖"
    }

    let private ofGap = {
        Value = fun run -> run.Gap
        Power = 2.0
        Slack = Slack.stepGap
        OneStep = "f⁺ − f* ≤ ρ²(f − f*)"
    }

    // One step from measured values: faults are found where they happen.
    let private everyStep contraction (h: int -> float) (run: Trajectory) =
        Cases.everyUpdate run (fun k ->
            let bound = rho.At run.Problem (h k) ** contraction.Power * contraction.Value run k

            Finding.atMost
                $"{contraction.OneStep}: its left-hand side"
                k
                bound
                (contraction.Slack run k)
                (contraction.Value run (k + 1)))

    // On Lx²/2 and mx²/2 the last step meets the bound.
    let private lastStep contraction what h (run: Trajectory) =
        let n = run.Steps

        let bound k =
            rho.At run.Problem h ** (contraction.Power * float k) * contraction.Value run 0

        let root k = bound k ** (1.0 / contraction.Power)
        let slack = Slack.norm run root n

        let slack =
            if contraction.Power = 1.0 then
                slack
            else
                slack * (2.0 * root n + slack)

        [ Finding.equal what n (bound n) slack (contraction.Value run n) ]

    let private cases contraction what =
        Cases.withWorst
            (Cases.runs steps ProblemDraws.stronglyConvex longStep build (fun h -> everyStep contraction (fun _ -> h)))
            (Cases.worst
                steps
                (ProblemDraws.scaled longStep)
                (fun (_, L, R) _ -> Quadratics.line L R)
                (fun problem (h, _, _) n -> build problem h n)
                (fun (h, _, _) run -> lastStep contraction what h run))

    /// SC-1 of a run with steps h_k/L.
    let internal judgeDistance h run = everyStep ofDistance h run

    /// SC-2 of a run with steps h_k/L.
    let internal judgeNorm h run = everyStep ofNorm h run

    /// SC-3 of a run with steps h_k/L.
    let internal judgeGap h run = everyStep ofGap h run

    let private contractive = $"f m-strongly convex, L-smooth; 0 < η < 2/L, ρ = {rho}"

    let private theorems =
        source "Taylor, Hendrickx and Glineur" 2018 "Theorems 3.1 to 3.3"

    /// SC-1.
    let distance = {
        Id = "SC-1"
        Name = "gradient descent: contraction of the distance"
        Statement = "‖x_N − x*‖ ≤ ρ^N R"
        Assumptions = contractive
        Tightness = Attained "mx²/2, Lx²/2"
        Source = source "Polyak" 1987 "section 1.4, Theorem 3"
        Cases = cases ofDistance "‖x_N − x*‖"
    }

    /// SC-2.
    let norm = {
        Id = "SC-2"
        Name = "gradient descent: contraction of the gradient"
        Statement = "‖g_N‖ ≤ ρ^N ‖g_0‖"
        Assumptions = contractive
        Tightness = Attained "mx²/2, Lx²/2"
        Source = theorems
        Cases = cases ofNorm "‖g_N‖"
    }

    /// SC-3.
    let gap = {
        Id = "SC-3"
        Name = "gradient descent: contraction of the gap"
        Statement = "f(x_N) − f* ≤ ρ^(2N)(f_0 − f*)"
        Assumptions = contractive
        Tightness = Attained "mx²/2, Lx²/2"
        Source = theorems
        Cases = cases ofGap "f(x_N) − f*"
    }

    // q/((q−1) + (1−qh)^(−p)) with its limit 1/(ph+1) for q → 0, where it cancels.
    let private decay q h p =
        if q < 1e-8 then
            1.0 / (p * h + 1.0)
        else
            q / ((q - 1.0) + (1.0 - q * h) ** -p)

    // Where the two slopes of the worst function meet.
    let private knee R q h p =
        R * q / ((q - 1.0) + (1.0 - q * h) ** -p)

    let private strongly = "f m-strongly convex, L-smooth; η = h/L, 0 < h < 2, q = m/L"

    // A bound times max(decay at p N, |1−h|^(p N)), of some value of the last iterate; the worst function has its knee at k N.
    let private lasting p k slack (bound: Bound<Problem -> float -> float -> float -> float>) what value =
        let settings =
            Gen.map2 (fun scaled q -> scaled, q) (ProblemDraws.scaled longStep) (Draw.logUniform 1e-3 0.99)

        let worst ((h, L, R), q) n =
            if decay q h (p * float n) >= abs (1.0 - h) ** (p * float n) then
                Piecewise.twoSlopes (q * L) L (knee R q h (k * float n)) R
            else
                Quadratics.line L R

        Cases.withWorst
            (Cases.runs steps ProblemDraws.stronglyConvex longStep build (fun h run ->
                Cases.everyStep run (fun k ->
                    let bound k =
                        bound.At run.Problem run.Problem.Ratio h (float k)
                    // 1/(q−1+(1−qh)^−p) loses log₂(1/q) digits.
                    let lost = 8.0 * Vec.eps * float k / max run.Problem.Ratio 1e-8 * bound k
                    Finding.atMost what k (bound k) (slack run bound k + lost) (value run k))))
            (Cases.worst steps settings worst (fun _ ((h, L, _), _) _ -> sgd (h / L)) (fun ((h, _, _), q) run ->
                let n = run.Steps
                let bound k = bound.At run.Problem q h (float k)
                let lost = 16.0 * Vec.eps * float n / q * bound n

                let relative =
                    if p = 2.0 then
                        Slack.exactGap run bound n
                    else
                        Slack.norm run bound n

                [ Finding.equal what n (bound n) (relative + lost) (value run n) ]))

    let private gapBound =
        bound "(L R²/2) max(q/((q−1)+(1−qh)^(−2N)), (1−h)^(2N))" (fun (f: Problem) q h N ->
            f.Smoothness * f.Distance ** 2.0 / 2.0
            * max (decay q h (2.0 * N)) ((1.0 - h) ** (2.0 * N)))

    /// SC-4.
    let gapByDistance = {
        Id = "SC-4"
        Name = "gradient descent: gap against distance"
        Statement = $"f(x_N) − f* ≤ {gapBound}"
        Assumptions = strongly
        Tightness = Attained "two slopes, Lx²/2"
        Source = source "J. Kim" 2024 "arXiv 2412.04427"
        Cases = lasting 2.0 2.0 Slack.gap gapBound "f(x_N) − f*" (fun run -> run.Gap)
    }

    let private squareBound =
        bound "2L(f_0 − f*) max(q/((q−1)+(1−qh)^(−2N)), (1−h)^(2N))" (fun (f: Problem) q h N ->
            2.0
            * f.Smoothness
            * (fst (f.At f.Start) - f.Minimum)
            * max (decay q h (2.0 * N)) ((1.0 - h) ** (2.0 * N)))

    /// SC-5.
    let normByGap = {
        Id = "SC-5"
        Name = "gradient descent: gradient norm against gap"
        Statement = $"‖g_N‖² ≤ {squareBound}"
        Assumptions = strongly
        Tightness = Attained "two slopes, Lx²/2"
        Source = source "J. Kim" 2024 "arXiv 2412.04435; Rotaru, Glineur and Patrinos 2024"
        Cases =
            lasting 2.0 1.0 (fun run -> Slack.square (Slack.gradient run)) squareBound "‖g_N‖²" (fun run k ->
                run.NormAt k ** 2.0)
    }

    let private normBound =
        bound "L R max(q/((q−1)+(1−qh)^(−N)), |1−h|^N)" (fun (f: Problem) q h N ->
            f.Smoothness * f.Distance * max (decay q h N) (abs (1.0 - h) ** N))

    /// SC-6.
    let normByDistance = {
        Id = "SC-6"
        Name = "gradient descent: gradient norm against distance"
        Statement = $"‖g_N‖ ≤ {normBound}"
        Assumptions = strongly
        Tightness = Conjectured "two slopes, Lx²/2"
        Source = source "Taylor" 2017 "thesis, conjecture; numerically exact"
        Cases = lasting 1.0 1.0 Slack.gradient normBound "‖g_N‖" (fun run -> run.NormAt)
    }

    /// SC-7.
    let conversions = {
        Id = "SC-7"
        Name = "distance, gradient and gap bound each other"
        Statement = "m‖x−x*‖ ≤ ‖g‖ ≤ L‖x−x*‖, (m/2)‖x−x*‖² ≤ f−f* ≤ (L/2)‖x−x*‖², ‖g‖²/(2L) ≤ f−f* ≤ ‖g‖²/(2m)"
        Assumptions = "f m-strongly convex, L-smooth"
        Tightness = Attained "mx²/2, Lx²/2"
        Source = source "Nesterov" 2004 "Theorems 2.1.5 and 2.1.10"
        Cases =
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
    }

    /// <summary>SC-1 … SC-7.</summary>
    let laws: Law list = [ distance; norm; gap; gapByDistance; normByGap; normByDistance; conversions ]
