namespace OptVerify

open FsCheck.FSharp
open OptCore
open OptDsl

/// What the laws of these files share.
module internal NesterovParts =

    let steps = 40

    // The stored parameters are y_k; x_k = y_{k−1} − η∇f(y_{k−1}), x_0 = y_0.
    let mainPoint (run: Trajectory) eta k =
        if k = 0 then
            run.Points[0]
        else
            Vec.sub run.Points[k - 1] (Vec.scale eta run.Seen[k - 1])

    let gapAt (run: Trajectory) point =
        fst (run.Problem.At point) - run.Problem.Minimum

    // Rounding errors travel through the momentum: one power of the number of steps more.
    let slack (run: Trajectory) k bound =
        let floor = float (k + 1) * Slack.floor run k
        1e-12 * bound + floor * (run.NormAt k + run.Problem.Smoothness * floor)

    let accelerated (coefficients: ISchedule) (problem: Problem) (h: float) (_: int) =
        sgd (h / problem.Smoothness) |> stage (NesterovSequence coefficients)

/// <summary>Nesterov's method with a coefficient for every step, on convex functions.</summary>
[<RequireQualifiedAccess>]
module NesterovLaws =

    open NesterovParts

    let private mainBound =
        bound "R²/(2η t_{N−1}²)" (fun R eta t -> R * R / (2.0 * eta * t * t))

    /// NAG-1.
    let sequence = {
        Id = "NAG-1"
        Name = "Nesterov's method with the t-sequence"
        Statement = $"f(x_N) − f* ≤ {mainBound} ≤ 2R²/(η(N+1)²)"
        Assumptions = "f convex, L-smooth, η ≤ 1/L; β_k = (t_k−1)/t_{k+1}, x_{k+1} = p_k − η∇f(p_k)"
        Tightness = Valid
        Source = source "Beck and Teboulle" 2009 "Theorem 4.4; Nesterov 1983"
        Cases =
            (Cases.runs
                steps
                ProblemDraws.convex
                (Draw.inside 0.0 1.0)
                (accelerated (NesterovCoefficients()))
                (fun h run ->
                    Cases.everyStep run (fun k ->
                        let eta = h / run.Problem.Smoothness

                        let bound =
                            mainBound.At run.Problem.Distance eta (NesterovCoefficients.Sequence(k - 1))

                        Finding.atMost "f(x) − f*" k bound (slack run k bound) (gapAt run (mainPoint run eta k)))))
    }

    let private secondaryBound =
        bound "L R²/(2 t_N²)" (fun (f: Problem) t -> f.Smoothness * f.Distance ** 2.0 / (2.0 * t * t))

    /// NAG-2.
    let secondary = {
        Id = "NAG-2"
        Name = "Nesterov's method with the t-sequence: the stored points"
        Statement = $"f(y_N) − f* ≤ {secondaryBound}"
        Assumptions = "f convex, L-smooth; η = 1/L, β_k = (t_k−1)/t_{k+1}"
        Tightness = Valid
        Source = source "Kim and Fessler" 2016 "the secondary sequence"
        Cases =
            (Cases.runs
                steps
                ProblemDraws.convex
                (Gen.constant 1.0)
                (accelerated (NesterovCoefficients()))
                (fun _ run ->
                    Cases.everyStep run (fun k ->
                        let bound = secondaryBound.At run.Problem (NesterovCoefficients.Sequence k)
                        Finding.atMost "f(y) − f*" k bound (slack run k bound) (run.Gap k))))
    }

    let private fractionBound =
        bound "2L R²/(N²+5N+6)" (fun (f: Problem) N -> 2.0 * f.Smoothness * f.Distance ** 2.0 / (N * N + 5.0 * N + 6.0))

    let private storedBound =
        bound "2L R²/(N²+7N+4)" (fun (f: Problem) N -> 2.0 * f.Smoothness * f.Distance ** 2.0 / (N * N + 7.0 * N + 4.0))

    /// NAG-3.
    let fraction =
        let worst (L, R) n =
            Piecewise.huber L (R / (float (n * n + 5 * n + 6) / 4.0)) R

        let build problem _ n =
            accelerated (FractionCoefficients 3) problem 1.0 n

        {
            Id = "NAG-3"
            Name = "Nesterov's method with k/(k+3)"
            Statement = $"f(x_N) − f* ≤ {fractionBound}, f(y_N) − f* ≤ {storedBound}"
            Assumptions = "f convex, L-smooth; η = 1/L, β_k = k/(k+3)"
            Tightness = Conjectured "Huber's function; 2R²/(η(N+1)²) is proven by Su, Boyd and Candès 2016, Theorem 6"
            Source = source "Taylor, Hendrickx and Glineur" 2017 "Table 1"
            Cases =
                (Cases.withWorst
                    (Cases.runs
                        steps
                        ProblemDraws.convex
                        (Gen.constant 1.0)
                        (accelerated (FractionCoefficients 3))
                        (fun _ run -> [
                            for k in 1 .. run.Steps do
                                let bound = fractionBound.At run.Problem (float k)

                                Finding.atMost
                                    "f(x) − f*"
                                    k
                                    bound
                                    (slack run k bound)
                                    (gapAt run (mainPoint run (1.0 / run.Problem.Smoothness) k))

                                let bound = storedBound.At run.Problem (float k)
                                Finding.atMost "f(y) − f*" k bound (slack run k bound) (run.Gap k)
                        ]))
                    (Cases.worst
                        20
                        (Gen.zip (Draw.logUniform 0.1 10.0) (Draw.logUniform 0.1 10.0))
                        worst
                        build
                        (fun _ run ->
                            let n = run.Steps
                            let bound = fractionBound.At run.Problem (float n)

                            [
                                Finding.equal
                                    "f(x) − f*"
                                    n
                                    bound
                                    (1e-12 * bound)
                                    (gapAt run (mainPoint run (1.0 / run.Problem.Smoothness) n))
                            ])))
        }

    /// NAG-4.
    let potential = {
        Id = "NAG-4"
        Name = "Nesterov's method: potential"
        Statement = "ηλ_{k+1}²(f(x_{k+1})−f*) + ‖z_{k+1}−x*‖²/2 ≤ ηλ_k²(f(x_k)−f*) + ‖z_k−x*‖²/2"
        Assumptions = "f convex, L-smooth, η ≤ 1/L; λ' = (1+√(1+4λ²))/2, z_k = t_k y_k + (1−t_k) x_k"
        Tightness = Valid
        Source = source "Bansal and Gupta" 2019 "Theorem 5.3; Nesterov 1983"
        Cases =
            (Cases.runs
                steps
                ProblemDraws.convex
                (Draw.inside 0.0 1.0)
                (accelerated (NesterovCoefficients()))
                (fun h run ->
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
    }

    /// <summary>NAG-1 … NAG-4.</summary>
    let laws: Law list = [ sequence; secondary; fraction; potential ]
