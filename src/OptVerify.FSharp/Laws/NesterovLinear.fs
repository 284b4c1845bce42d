namespace OptVerify

open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Nesterov's method with one coefficient, on strongly convex functions: <c>sgd a |> nesterov b</c>.</summary>
[<RequireQualifiedAccess>]
module NesterovLinear =

    open NesterovParts

    let private root (problem: Problem) h = sqrt (h * problem.Ratio)

    let private constant (problem: Problem) (h: float) (_: int) =
        let s = root problem h
        sgd (h / problem.Smoothness) |> nesterov ((1.0 - s) / (1.0 + s))

    let private decayBound =
        bound "(1−√(mη))^N (f_0−f*+(m/2)R²)" (fun s start N -> (1.0 - s) ** N * start)

    /// NAG-5 of a run with steps h/L.
    let internal judgeStronglyConvex (h: float) (run: Trajectory) =
        let s, m = root run.Problem h, run.Problem.Convexity
        let eta = h / run.Problem.Smoothness
        let x k = mainPoint run eta k

        let z k =
            if k = 0 then
                x 0
            else
                Vec.add (x k) (Vec.scale ((1.0 - s) / s) (Vec.sub (x k) (x (k - 1))))

        let value k =
            gapAt run (x k) + m / 2.0 * run.Problem.DistanceTo(z k) ** 2.0

        let floor k =
            let size =
                Slack.stepDistance run k
                + Slack.stepDistance run (k + 1)
                // The stored velocity keeps the rounding errors of earlier points.
                + Slack.floor run k
                + 8.0 * Vec.eps * run.Problem.DistanceTo(x k)

            size / s

        List.append
            (Cases.everyUpdate run (fun k ->
                let bound = (1.0 - s) * value k

                let slack =
                    run.Problem.Smoothness
                    * floor k
                    * (run.DistanceAt k + run.DistanceAt(k + 1) + floor k)
                    + m * floor k * (sqrt (2.0 * value k / m) + floor k)

                Finding.atMost "V" k bound (1e-12 * value k + slack) (value (k + 1))))
            (Cases.everyStep run (fun k ->
                let bound = decayBound.At s (value 0) (float k)
                Finding.atMost "f(x) − f*" k bound (slack run k bound / s) (gapAt run (x k))))

    /// NAG-5.
    let stronglyConvex = {
        Id = "NAG-5"
        Name = "Nesterov's method on strongly convex functions: potential"
        Statement = $"V_{{k+1}} ≤ (1−√(mη)) V_k, V = f(x)−f* + (m/2)‖z−x*‖²; f(x_N)−f* ≤ {decayBound}"
        Assumptions = "f m-strongly convex, L-smooth, η ≤ 1/L; b = (1−s)/(1+s), s = √(mη)"
        Tightness = Valid
        Source = source "d'Aspremont, Scieur and Taylor" 2021 "Corollary 4.15"
        Cases = Cases.runs steps ProblemDraws.stronglyConvex (Draw.inside 0.0 1.0) constant judgeStronglyConvex
    }

    let private quadraticBound =
        bound "(1 + N/√κ)(1−1/√κ)^N R" (fun kappa R N -> (1.0 + N / sqrt kappa) * (1.0 - 1.0 / sqrt kappa) ** N * R)

    /// NAG-6.
    let quadratics =
        let build problem _ n = constant problem 1.0 n

        {
            Id = "NAG-6"
            Name = "Nesterov's method on quadratics: every step"
            Statement = $"‖x_N − x*‖ ≤ {quadraticBound}"
            Assumptions = "f quadratic with spectrum in [m, L]; η = 1/L, b = (√κ−1)/(√κ+1)"
            Tightness = Attained "mx²/2"
            Source = own "Jordan block at m; Lessard, Recht and Packard 2016, Proposition 1, for the rate"
            Cases =
                (Cases.withWorst
                    (Cases.runs 50 (Quadratics.conditionedTo 1000.0) (Gen.constant 1.0) build (fun _ run ->
                        Cases.everyStep run (fun k ->
                            let bound =
                                quadraticBound.At (1.0 / run.Problem.Ratio) run.Problem.Distance (float k)

                            let floor = float (k + 1) * Slack.floor run k

                            Finding.atMost
                                "‖x−x*‖"
                                k
                                bound
                                (1e-12 * bound + floor)
                                (run.Problem.DistanceTo(mainPoint run (1.0 / run.Problem.Smoothness) k)))))
                    (gen {
                        let! kappa = Draw.logUniform 1.5 1000.0
                        let! n = Gen.choose (1, 30)

                        let tell (kappa, n) =
                            let problem = {
                                Quadratics.ofSpectrum [| 1.0; kappa |] [| 0.0; 0.0 |] 0 [| 1.0; 0.0 |] with
                                    Convexity = 1.0
                            }

                            let optimizer = constant problem 1.0 n

                            $"Trajectory.run ({optimizer}) ({problem}) {n}",
                            fun subject ->
                                let run = Trajectory.runOn subject optimizer problem n

                                [
                                    Finding.equal
                                        "‖x−x*‖"
                                        n
                                        (quadraticBound.At kappa 1.0 (float n))
                                        (1e-10 * float (n * n))
                                        (problem.DistanceTo(mainPoint run (1.0 / kappa) n))
                                ]

                        return
                            Case.over
                                (fun (kappa, n) -> Draw.shrinkCount 1 n |> Seq.map (fun n -> kappa, n))
                                tell
                                (kappa, n)
                    }))
        }

    /// <summary>NAG-5, NAG-6.</summary>
    let laws: Law list = [ stronglyConvex; quadratics ]
