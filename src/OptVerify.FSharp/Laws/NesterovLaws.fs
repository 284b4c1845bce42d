namespace OptVerify

open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Nesterov's method: <c>sgd a |> nesterov b</c>, and with a coefficient for every step.</summary>
[<RequireQualifiedAccess>]
module NesterovLaws =

    let private steps = 40

    // The stored parameters are y_k; x_k = y_{k−1} − η∇f(y_{k−1}), x_0 = y_0.
    let private mainPoint (run: Trajectory) eta k =
        if k = 0 then
            run.Points[0]
        else
            Vec.sub run.Points[k - 1] (Vec.scale eta run.Seen[k - 1])

    let private gapAt (run: Trajectory) point =
        fst (run.Problem.At point) - run.Problem.Minimum

    // Rounding errors travel through the momentum: one power of the number of steps more.
    let private slack (run: Trajectory) k bound =
        let floor = float (k + 1) * Slack.floor run k
        1e-12 * bound + floor * (run.NormAt k + run.Problem.Smoothness * floor)

    let private accelerated (coefficients: ISchedule) (problem: Problem) (h: float) (_: int) =
        sgd (h / problem.Smoothness) |> stage (NesterovSequence coefficients)

    let private overR (run: Trajectory) h =
        run.Problem.Smoothness / h * run.Problem.Distance ** 2.0

    /// NAG-1.
    let sequence =
        law
            "NAG-1"
            "Nesterov's method with the t-sequence"
            "f(x_N) − f* ≤ R²/(2η t_{N−1}²) ≤ 2R²/(η(N+1)²)"
            "f convex, L-smooth, η ≤ 1/L; β_k = (t_k−1)/t_{k+1}, x_{k+1} = p_k − η∇f(p_k)"
            Valid
            (source "Beck and Teboulle" 2009 "Theorem 4.4; Nesterov 1983")
            (Cases.runs steps Pools.convex (Draw.inside 0.0 1.0) (accelerated (NesterovCoefficients())) (fun h run ->
                Cases.everyStep run (fun k ->
                    let bound = overR run h / (2.0 * NesterovCoefficients.Sequence(k - 1) ** 2.0)

                    Finding.atMost
                        "f(x) − f*"
                        k
                        bound
                        (slack run k bound)
                        (gapAt run (mainPoint run (h / run.Problem.Smoothness) k)))))

    /// NAG-2.
    let secondary =
        law
            "NAG-2"
            "Nesterov's method with the t-sequence: the stored points"
            "f(y_N) − f* ≤ L R²/(2 t_N²)"
            "f convex, L-smooth; η = 1/L, β_k = (t_k−1)/t_{k+1}"
            Valid
            (source "Kim and Fessler" 2016 "the secondary sequence")
            (Cases.runs steps Pools.convex (Gen.constant 1.0) (accelerated (NesterovCoefficients())) (fun _ run ->
                Cases.everyStep run (fun k ->
                    let bound = overR run 1.0 / (2.0 * NesterovCoefficients.Sequence k ** 2.0)
                    Finding.atMost "f(y) − f*" k bound (slack run k bound) (run.Gap k))))

    /// NAG-3.
    let fraction =
        let main n = 2.0 / float (n * n + 5 * n + 6)
        let stored n = 2.0 / float (n * n + 7 * n + 4)

        let worst (L, R) n =
            Piecewise.huber L (R / (float (n * n + 5 * n + 6) / 4.0)) R

        let build problem _ n =
            accelerated (FractionCoefficients 3) problem 1.0 n

        law
            "NAG-3"
            "Nesterov's method with k/(k+3)"
            "f(x_N) − f* ≤ 2L R²/(N²+5N+6), f(y_N) − f* ≤ 2L R²/(N²+7N+4)"
            "f convex, L-smooth; η = 1/L, β_k = k/(k+3)"
            (Conjectured "Huber's function; 2R²/(η(N+1)²) is proven by Su, Boyd and Candès 2016, Theorem 6")
            (source "Taylor, Hendrickx and Glineur" 2017 "Table 1")
            (Cases.withWorst
                (Cases.runs steps Pools.convex (Gen.constant 1.0) (accelerated (FractionCoefficients 3)) (fun _ run -> [
                    for k in 1 .. run.Steps do
                        let bound = overR run 1.0 * main k

                        Finding.atMost
                            "f(x) − f*"
                            k
                            bound
                            (slack run k bound)
                            (gapAt run (mainPoint run (1.0 / run.Problem.Smoothness) k))

                        let bound = overR run 1.0 * stored k
                        Finding.atMost "f(y) − f*" k bound (slack run k bound) (run.Gap k)
                ]))
                (Cases.worst
                    20
                    (Gen.zip (Draw.logUniform 0.1 10.0) (Draw.logUniform 0.1 10.0))
                    worst
                    build
                    (fun _ run ->
                        let n = run.Steps
                        let bound = overR run 1.0 * main n

                        [
                            Finding.equal
                                "f(x) − f*"
                                n
                                bound
                                (1e-12 * bound)
                                (gapAt run (mainPoint run (1.0 / run.Problem.Smoothness) n))
                        ])))

    /// NAG-4.
    let potential =
        law
            "NAG-4"
            "Nesterov's method: potential"
            "ηλ_{k+1}²(f(x_{k+1})−f*) + ‖z_{k+1}−x*‖²/2 ≤ ηλ_k²(f(x_k)−f*) + ‖z_k−x*‖²/2"
            "f convex, L-smooth, η ≤ 1/L; λ' = (1+√(1+4λ²))/2, z_k = t_k y_k + (1−t_k) x_k"
            Valid
            (source "Bansal and Gupta" 2019 "Theorem 5.3; Nesterov 1983")
            (Cases.runs steps Pools.convex (Draw.inside 0.0 1.0) (accelerated (NesterovCoefficients())) (fun h run ->
                let eta = h / run.Problem.Smoothness
                // With λ_0 = 0: λ_k = t_{k−1}; y_k = (1−1/λ_{k+1})x_k + z_k/λ_{k+1}, so z_k = t_k y_k + (1 − t_k) x_k.
                let t k = NesterovCoefficients.Sequence k
                let lambda k = if k = 0 then 0.0 else t (k - 1)

                let z k =
                    Vec.add (Vec.scale (t k) run.Points[k]) (Vec.scale (1.0 - t k) (mainPoint run eta k))

                let value k =
                    eta * lambda k ** 2.0 * gapAt run (mainPoint run eta k)
                    + run.Problem.DistanceTo(z k) ** 2.0 / 2.0

                Cases.everyUpdate run (fun k ->
                    let bound = value k

                    let floor =
                        t (k + 1)
                        * (Slack.stepDistance run k
                           + Slack.stepDistance run (k + 1)
                           + 8.0 * Vec.eps * run.Problem.Distance)

                    Finding.atMost
                        "potential"
                        k
                        bound
                        (1e-12 * bound + floor * (sqrt bound * 4.0 + floor))
                        (value (k + 1)))))

    let private root (problem: Problem) h = sqrt (h * problem.Ratio)

    let private constant (problem: Problem) (h: float) (_: int) =
        let s = root problem h
        sgd (h / problem.Smoothness) |> nesterov ((1.0 - s) / (1.0 + s))

    /// NAG-5.
    let stronglyConvex =
        law
            "NAG-5"
            "Nesterov's method on strongly convex functions: potential"
            "V_{k+1} ≤ (1−√(mη)) V_k, V = f(x)−f* + (m/2)‖z−x*‖²; f(x_N)−f* ≤ (1−√(mη))^N (f_0−f*+(m/2)R²)"
            "f m-strongly convex, L-smooth, η ≤ 1/L; b = (1−s)/(1+s), s = √(mη)"
            Valid
            (source "d'Aspremont, Scieur and Taylor" 2021 "Corollary 4.15")
            (Cases.runs steps Pools.stronglyConvex (Draw.inside 0.0 1.0) constant (fun h run ->
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
                        let bound = (1.0 - s) ** float k * value 0
                        Finding.atMost "f(x) − f*" k bound (slack run k bound / s) (gapAt run (x k))))))

    /// NAG-6.
    let quadratics =
        let bound kappa n =
            (1.0 + float n / sqrt kappa) * (1.0 - 1.0 / sqrt kappa) ** float n

        let build problem _ n = constant problem 1.0 n

        law
            "NAG-6"
            "Nesterov's method on quadratics: every step"
            "‖x_N − x*‖ ≤ (1 + N/√κ)(1−1/√κ)^N R"
            "f quadratic with spectrum in [m, L]; η = 1/L, b = (√κ−1)/(√κ+1)"
            (Attained "mx²/2")
            (own "Jordan block at m; Lessard, Recht and Packard 2016, Proposition 1, for the rate")
            (Cases.withWorst
                (Cases.runs 50 (Quadratics.conditionedTo 1000.0) (Gen.constant 1.0) build (fun _ run ->
                    Cases.everyStep run (fun k ->
                        let bound = bound (1.0 / run.Problem.Ratio) k * run.Problem.Distance
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
                        fun machine ->
                            let run = Trajectory.runOn machine optimizer problem n

                            [
                                Finding.equal
                                    "‖x−x*‖"
                                    n
                                    (bound kappa n)
                                    (1e-10 * float (n * n))
                                    (problem.DistanceTo(mainPoint run (1.0 / kappa) n))
                            ]

                    return
                        Trial.over
                            (fun (kappa, n) -> Draw.shrinkCount 1 n |> Seq.map (fun n -> kappa, n))
                            tell
                            (kappa, n)
                }))

    /// <summary>NAG-1 … NAG-6.</summary>
    let laws: Law list = [ sequence; secondary; fraction; potential; stronglyConvex; quadratics ]
