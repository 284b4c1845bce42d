namespace OptVerify

open System
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Gradient descent on convex smooth functions: monotone quantities, long steps, quadratics.</summary>
[<RequireQualifiedAccess>]
module GradientDescentSteps =

    open GradientDescentParts

    /// GD-5.
    let monotone =
        let two (problem: Problem) h n =
            let other = problem |> Problem.from (problem.Start |> Array.rev |> Vec.scale -0.6)
            let optimizer = build problem h n
            let code = $"Trajectory.run ({optimizer}) ({problem}) {n}"

            code,
            fun subject ->
                let run = Trajectory.runOn subject optimizer problem n
                let companion = Trajectory.runOn subject optimizer other n
                let L = problem.Smoothness
                let size = Vec.norm problem.Start + 2.0 * run.Problem.Distance
                let slack = 16.0 * Vec.eps * float problem.Dimension * size

                List.concat [
                    Cases.everyUpdate run (fun k ->
                        let bound = run.Gap k - (h / L) * (1.0 - h / 2.0) * run.NormAt k ** 2.0
                        Finding.atMost "f(x⁺) − f*" k bound (L * slack * (run.DistanceAt k + slack)) (run.Gap(k + 1)))
                    Cases.everyUpdate run (fun k ->
                        let bound = run.DistanceAt k ** 2.0 - (h / L) * (2.0 - h) / L * run.NormAt k ** 2.0

                        Finding.atMost
                            "‖x⁺ − x*‖²"
                            k
                            bound
                            (slack * (2.0 * run.DistanceAt k + slack))
                            (run.DistanceAt(k + 1) ** 2.0))
                    Cases.everyUpdate run (fun k ->
                        Finding.atMost "‖g⁺‖" k (run.NormAt k) (L * slack) (run.NormAt(k + 1)))
                    Cases.everyUpdate run (fun k ->
                        let apart k =
                            Vec.distance run.Points[k] companion.Points[k]

                        Finding.atMost "‖x⁺ − y⁺‖ of two runs" k (apart k) slack (apart (k + 1)))
                ]

        {
            Id = "GD-5"
            Name = "gradient descent: every step decreases gap, distance, gradient, and the distance of two runs"
            Statement = "f⁺ ≤ f − η(1−h/2)‖g‖², ‖x⁺−x*‖² ≤ ‖x−x*‖² − η(2/L−η)‖g‖², ‖g⁺‖ ≤ ‖g‖, ‖x⁺−y⁺‖ ≤ ‖x−y‖"
            Assumptions = "f convex, L-smooth; 0 < η ≤ 2/L"
            Tightness = Attained "Lx²/2"
            Source = source "Nesterov" 2004 "Theorems 2.1.5 and 2.1.14"
            Cases =
                (gen {
                    let! problem = ProblemDraws.convex
                    let! h = Draw.inside 0.0 2.0
                    let! n = Gen.choose (1, 20)

                    let shrink (problem: Problem, n) =
                        Seq.append
                            (Draw.shrinkCount 1 n |> Seq.map (fun n -> problem, n))
                            (problem.Simpler() |> Seq.map (fun problem -> problem, n))

                    return Case.over shrink (fun (problem, n) -> two problem h n) (problem, n)
                })
        }

    /// GD-6.
    let potentials = {
        Id = "GD-6"
        Name = "gradient descent: potentials"
        Statement = "k(f_k−f*) + (L/2)‖x_k−x*‖² and (2k+1)L(f_k−f*) + k(k+2)‖g_k‖² + L²‖x_k−x*‖² do not increase"
        Assumptions = "f convex, L-smooth; η = 1/L"
        Tightness = Valid
        Source = source "Taylor and Bach" 2019 "Theorem 3; the first: Bansal and Gupta 2019, Theorem 3.3"
        Cases =
            (Cases.runs steps ProblemDraws.convex (Gen.constant 1.0) build (fun _ run ->
                let L = run.Problem.Smoothness
                let square k = run.DistanceAt k ** 2.0

                let first k =
                    float k * run.Gap k + L / 2.0 * square k

                let second k =
                    float (2 * k + 1) * L * run.Gap k
                    + float (k * (k + 2)) * run.NormAt k ** 2.0
                    + L * L * square k

                let slack value k =
                    8.0 * float (k + 1) * float run.Problem.Dimension * Vec.eps * value
                    + float ((k + 2) * (k + 2))
                      * L
                      * L
                      * Slack.stepDistance run k
                      * (run.Problem.Distance + Slack.stepDistance run k)
                    + float ((k + 2) * (k + 2))
                      * L
                      * Slack.stepDistance run k
                      * (run.Problem.Distance + Slack.stepDistance run k)

                List.append
                    (Cases.everyUpdate run (fun k ->
                        Finding.atMost "first potential" k (first k) (slack (first k) k) (first (k + 1))))
                    (Cases.everyUpdate run (fun k ->
                        Finding.atMost "second potential" k (second k) (slack (second k) k) (second (k + 1))))))
    }

    let private silverBound =
        bound "L R²/(1 + √(4(1+√2)^(2k) − 3))" (fun (f: Problem) k ->
            f.Smoothness * f.Distance ** 2.0
            / (1.0 + sqrt (4.0 * (1.0 + sqrt 2.0) ** (2.0 * k) - 3.0)))

    /// GD-7.
    let silver =
        let case (problem, k) =
            let n = pown 2 k - 1
            let optimizer = sgd (1.0 / problem.Smoothness) |> schedule (SilverSteps())

            $"Trajectory.run ({optimizer}) ({problem}) {n}",
            fun subject ->
                let run = Trajectory.runOn subject optimizer problem n

                let bound = silverBound.At problem (float k)
                let start = problem.Smoothness * problem.Distance ** 2.0 / 2.0

                // Long steps stretch rounding errors: N² ε of the start.
                let slack = 8.0 * Vec.eps * float (n * n) * start + Slack.gap run (fun _ -> start) n

                [ Finding.atMost "f(x) − f*" n bound slack (run.Gap n) ]

        {
            Id = "GD-7"
            Name = "gradient descent with silver steps"
            Statement = $"f(x_N) − f* ≤ {silverBound}, N = 2^k − 1"
            Assumptions = "f convex, L-smooth; η_i = (1 + (1+√2)^(v₂(i)−1))/L"
            Tightness = Valid
            Source = source "Altschuler and Parrilo" 2023 "Theorem 1.1"
            Cases =
                (Gen.map2
                    (fun problem k ->
                        Case.over
                            (fun (problem: Problem, k) -> problem.Simpler() |> Seq.map (fun simpler -> simpler, k))
                            case
                            (problem, k))
                    ProblemDraws.convex
                    (Gen.choose (1, 5)))
        }

    /// GD-8 of a run with steps h/L on Lx²/2.
    let internal judgeDivergence (h: float) (run: Trajectory) =
        Cases.everyUpdate run (fun k ->
            let bound = abs (1.0 - h) * run.DistanceAt k
            Finding.equal "|x⁺|" k bound (8.0 * Vec.eps * (bound + run.DistanceAt k)) (run.DistanceAt(k + 1)))

    /// GD-8.
    let divergence = {
        Id = "GD-8"
        Name = "gradient descent: above 2/L it diverges, at 2/L it cycles"
        Statement = "|x_{k+1}| = |1−h| |x_k| on Lx²/2"
        Assumptions = "η = h/L, h ≥ 2"
        Tightness = Identity
        Source = source "Polyak" 1987 "section 1.4"
        Cases =
            (Cases.worst
                30
                (ProblemDraws.scaled (Gen.oneof [ Gen.constant 2.0; Draw.uniform 2.0 4.0 ]))
                (fun (_, L, R) _ -> Quadratics.line L R)
                buildWorst
                (fun (h, _, _) run -> judgeDivergence h run))
    }

    let private worstCurvature =
        bound "1/(h(2N+1)) within [q, 1]" (fun h q N -> max q (min 1.0 (1.0 / (h * (2.0 * N + 1.0)))))

    let private quadraticBound =
        bound "(L R²/2) max(a(1−ah)^(2N), (1−h)^(2N))" (fun L R a h N ->
            L * R * R / 2.0 * max (a * (1.0 - a * h) ** (2.0 * N)) ((1.0 - h) ** (2.0 * N)))

    /// GD-9 of a run with steps h/L.
    let internal judgeQuadratics (h: float) (run: Trajectory) =
        let bound n =
            let a = worstCurvature.At h run.Problem.Ratio (float n)
            quadraticBound.At run.Problem.Smoothness run.Problem.Distance a h (float n)

        below run "f(x) − f*" bound Slack.gap run.Gap

    /// GD-9.
    let quadratics =
        let settings =
            Gen.map2 (fun scaled q -> scaled, q) (ProblemDraws.scaled longStep) (Draw.logUniform 1e-3 1.0)

        let worst ((h, L, R), q) n =
            let N = float n
            let a = worstCurvature.At h q N

            if a * (1.0 - a * h) ** (2.0 * N) >= (1.0 - h) ** (2.0 * N) then
                Quadratics.line (a * L) R
            else
                Quadratics.line L R

        {
            Id = "GD-9"
            Name = "gradient descent on quadratics: exact gap"
            Statement = $"f(x_N) − f* ≤ {quadraticBound}, a = {worstCurvature}"
            Assumptions = "f quadratic with spectrum in [m, L]; η = h/L, 0 < h < 2"
            Tightness = Attained "aLx²/2, Lx²/2"
            Source = source "Bousselmi et al." 2023 "equation 4.17"
            Cases =
                (Cases.withWorst
                    (Cases.runs steps Quadratics.stronglyConvex longStep build judgeQuadratics)
                    (Cases.worst steps settings worst (fun _ ((h, L, _), _) _ -> sgd (h / L)) (fun ((h, L, R), q) run ->
                        let bound n =
                            quadraticBound.At L R (worstCurvature.At h q (float n)) h (float n)

                        attained run "f(x) − f*" bound Slack.exactGap run.Gap)))
        }

    /// <summary>GD-5 … GD-9.</summary>
    let laws: Law list = [ monotone; potentials; silver; divergence; quadratics ]
