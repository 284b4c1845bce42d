namespace OptVerify

open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Methods that are optimal, or nearly so, in the worst case: <c>optimizedGradient</c>, <c>tripleMomentum</c>.</summary>
[<RequireQualifiedAccess>]
module OptimalMethods =

    open NesterovParts

    /// θ_N of the optimized gradient method.
    let internal theta (steps: int) =
        let last = NesterovCoefficients.Sequence(steps - 1)
        (1.0 + sqrt (8.0 * last * last + 1.0)) / 2.0

    let private optimizedBound =
        bound "L R²/(2θ_N²)" (fun L R theta -> L * R * R / (2.0 * theta * theta))

    /// OGM-1.
    let optimized =
        let build (problem: Problem) _ n =
            sgd (1.0 / problem.Smoothness) |> optimizedGradient n

        let judge compare (run: Trajectory) =
            let n = run.Steps

            let bound = optimizedBound.At run.Problem.Smoothness run.Problem.Distance (theta n)

            [ compare "f(p_N) − f*" n bound (slack run n bound) (run.Gap n) ]

        let attaining worst =
            Cases.worst 30 (Gen.zip (Draw.logUniform 0.1 10.0) (Draw.logUniform 0.1 10.0)) worst build (fun _ run ->
                judge (fun what k bound _ value -> Finding.equal what k bound (1e-11 * bound) value) run)

        {
            Id = "OGM-1"
            Name = "optimized gradient method"
            Statement = $"f(p_N) − f* ≤ {optimizedBound}, θ_0 = 1, θ_k = (1+√(1+4θ²))/2, θ_N = (1+√(1+8θ²))/2"
            Assumptions = "f convex, L-smooth; η = 1/L; N steps of optimizedGradient N"
            Tightness = Attained "Huber's function and Lx²/2"
            Source = source "Kim and Fessler" 2016 "Theorem 2; optimal: Drori 2017"
            Cases =
                (Cases.withWorst
                    (Cases.runs steps ProblemDraws.convex (Gen.constant ()) build (fun () -> judge Finding.atMost))
                    (Gen.oneof [
                        attaining (fun (L, R) n -> Piecewise.huber L (R / theta n ** 2.0) R)
                        attaining (fun (L, R) _ -> Quadratics.line L R)
                    ]))
        }

    let private tripleBound =
        bound "ρ^N R/√q" (fun ratio rho R N -> rho ** N * R / sqrt ratio)

    /// TMM-1.
    let triple =
        let rho (problem: Problem) = 1.0 - sqrt problem.Ratio

        let build (problem: Problem) () (_: int) =
            sgd ((1.0 + rho problem) / problem.Smoothness) |> tripleMomentum problem.Ratio

        let judge () (run: Trajectory) =
            let problem = run.Problem
            let r = rho problem
            let further = r * r / (1.0 - r * r) - r * r / ((1.0 + r) * (2.0 - r))
            let eta = (1.0 + r) / problem.Smoothness

            Cases.everyStep run (fun k ->
                let x =
                    Vec.sub run.Points[k] (Vec.scale (further * eta) (run.States[k].Slot "tripleMomentum.v"))

                let bound = tripleBound.At problem.Ratio r problem.Distance (float k)
                let floor = (1.0 + further) * float (k + 1) * Slack.floor run k
                Finding.atMost "‖x−x*‖" k bound (1e-12 * bound + floor) (problem.DistanceTo x))

        {
            Id = "TMM-1"
            Name = "triple momentum: every step"
            Statement = $"‖x_N − x*‖ ≤ {tripleBound}, x = p − (δ−γ) η v, ρ = 1 − √q, δ = ρ²/(1−ρ²), γ = ρ²/((1+ρ)(2−ρ))"
            Assumptions = "f m-strongly convex, L-smooth, q = m/L; η = (1+ρ)/L; tripleMomentum q"
            Tightness = Valid
            Source = source "Van Scoy, Freeman and Lynch" 2018 "Theorem 1"
            Cases = Cases.runs steps ProblemDraws.stronglyConvex (Gen.constant ()) build judge
        }

    /// <summary>OGM-1, TMM-1.</summary>
    let laws: Law list = [ optimized; triple ]
