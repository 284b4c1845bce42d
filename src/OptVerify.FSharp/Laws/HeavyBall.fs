namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptDsl

/// What the laws of these files share.
module internal HeavyBallParts =

    let ball a b = sgd a |> momentum b

    // At ρ² the roots are complex or double.
    let transientBound =
        bound "(1 + N(1+r)) r^N R" (fun r R N -> (1.0 + N * (1.0 + r)) * r ** N * R)

    // Polyak's tuning of (m, L): step, momentum, rate.
    let polyak m L =
        let r = (sqrt (L / m) - 1.0) / (sqrt (L / m) + 1.0)
        4.0 / (sqrt L + sqrt m) ** 2.0, r * r, r

    // ρ(λ) of z² − (1+b−aλ)z + b.
    let radius a b lambda =
        let c = 1.0 + b - a * lambda

        if c * c <= 4.0 * b then
            sqrt b
        else
            (abs c + sqrt (c * c - 4.0 * b)) / 2.0

/// <summary>The heavy ball on quadratics: <c>sgd a |> momentum b</c>.</summary>
[<RequireQualifiedAccess>]
module HeavyBall =

    open HeavyBallParts

    /// HB-1.
    let stability =
        let settings =
            Gen.zip3 (Draw.uniform 0.0 0.9) (Draw.logUniform 0.1 10.0) (Gen.elements [ true; false ])

        let tell (b, L, stable) =
            let optimizer = ball ((if stable then 0.95 else 1.05) * 2.0 * (1.0 + b) / L) b
            let problem = Quadratics.line L 1.0

            $"Trajectory.run ({optimizer}) ({problem}) 300",
            fun subject ->
                let run = Trajectory.runOn subject optimizer problem 300

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

        {
            Id = "HB-1"
            Name = "heavy ball on quadratics: stable exactly below 2(1+b)/L"
            Statement = "|x_N| → 0 for aL < 2(1+b), |x_N| → ∞ for aL > 2(1+b)"
            Assumptions = "f quadratic, 0 ≤ b < 1"
            Tightness = Attained "Lx²/2"
            Source = source "Polyak" 1964 "Theorem 9; Schur and Cohn"
            Cases = settings |> Gen.map (Case.over (fun _ -> Seq.empty) tell)
        }

    /// HB-2.
    let spectralRadius =
        let settings =
            Gen.zip3 (Draw.uniform 0.1 0.9) (Draw.uniform 0.1 0.9) (Draw.logUniform 0.1 10.0)

        {
            Id = "HB-2"
            Name = "heavy ball on quadratics: spectral radius"
            Statement = "|det(x_k, x_{k+1})| factor: x_{k+2} − (1+b−aλ)x_{k+1} + b x_k = 0, ρ = √b or (|c|+√(c²−4b))/2"
            Assumptions = "f = λx²/2, 0 < aλ < 2(1+b)"
            Tightness = Identity
            Source = source "Polyak" 1964 "Theorem 9"
            Cases =
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
        }

    /// HB-3.
    let optimal =
        let settings = Draw.logUniform 1.5 1000.0

        {
            Id = "HB-3"
            Name = "heavy ball on quadratics: Polyak's tuning"
            Statement = "ρ = (√κ−1)/(√κ+1) for a = 4/(√L+√m)², b = ρ²; no (a, b) does better"
            Assumptions = "f quadratic with spectrum in [m, L]"
            Tightness = Attained "mx²/2, Lx²/2"
            Source = source "Polyak" 1964 "Theorem 9"
            Cases =
                (Cases.worst
                    30
                    (Gen.zip settings (Draw.uniform 0.0 1.0))
                    (fun (kappa, place) _ -> Quadratics.line (kappa ** place) 1.0)
                    (fun _ (kappa, _) _ -> let a, b, _ = polyak 1.0 kappa in ball a b)
                    (fun (kappa, place) run ->
                        let _, _, r = polyak 1.0 kappa
                        let n = run.Steps
                        let bound = transientBound.At r 1.0 (float n)
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
        }

    /// HB-4.
    let transient =
        let bound kappa R n =
            let _, _, r = polyak 1.0 kappa
            transientBound.At r R (float n)

        {
            Id = "HB-4"
            Name = "heavy ball on quadratics: every step"
            Statement = $"‖x_N − x*‖ ≤ {transientBound}; r^N R alone is false"
            Assumptions = "f quadratic with spectrum in [m, L], Polyak's tuning, r = (√κ−1)/(√κ+1)"
            Tightness = Attained "Lx²/2"
            Source = own "Chebyshev polynomials at a Jordan block"
            Cases =
                (Cases.withWorst
                    (Cases.runs
                        50
                        (Quadratics.conditionedTo 1000.0)
                        (Gen.constant ())
                        (fun problem () _ -> let a, b, _ = polyak problem.Convexity problem.Smoothness in ball a b)
                        (fun () run ->
                            Cases.everyStep run (fun k ->
                                let bound = bound (1.0 / run.Problem.Ratio) run.Problem.Distance k
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
                                    (bound kappa 1.0 n)
                                    (1e-10 * float (n * n) * bound kappa 1.0 0)
                                    (run.DistanceAt n)
                            ])))
        }

    /// <summary>HB-1 … HB-4.</summary>
    let laws: Law list = [ stability; spectralRadius; optimal; transient ]
