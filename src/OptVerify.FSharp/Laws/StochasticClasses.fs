namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Stochastic gradients on classes of functions and on finite sums; expectations are means over all paths.</summary>
[<RequireQualifiedAccess>]
module StochasticClasses =

    open StochasticParts

    let private noisy most h (problems: Gen<Problem>) words judge =
        let tell (problem: Problem, h: float, sigma: float, n: int) =
            let optimizer: Optimizer = sgd (h / problem.Smoothness) |> words

            code optimizer problem sigma n,
            fun subject ->
                let paths = paths subject optimizer problem sigma n
                judge problem h (float problem.Dimension * sigma * sigma) n paths

        gen {
            let! problem = problems
            let! h = h
            let! sigma = Draw.logUniform 0.01 10.0
            let! n = Gen.choose (1, most)

            let shrink (problem: Problem, h, sigma, n) =
                Seq.append
                    (Draw.shrinkCount 1 n |> Seq.map (fun n -> problem, h, sigma, n))
                    (problem.Simpler() |> Seq.map (fun simpler -> simpler, h, sigma, n))

            return Case.over shrink tell (problem, h, sigma, n)
        }

    let private gapAt (problem: Problem) (state: State<float>) =
        fst (problem.At(state.ToArray())) - problem.Minimum

    // Σ ρ^(2k) over the steps is (1−ρ^(2N))/(1−ρ²), also where ρ = 1.
    let private powers rho2 N =
        Seq.sum (seq { for k in 0.0 .. N - 1.0 -> rho2 ** k })

    let private distanceBound =
        bound "ρ^(2N)R² + η²σ²(1−ρ^(2N))/(1−ρ²)" (fun rho2 R eta variance N ->
            rho2 ** N * R * R + eta * eta * variance * powers rho2 N)

    let private gapBound =
        bound "ρ^(2N)(f_0−f*) + (Lη²σ²/2)(1−ρ^(2N))/(1−ρ²)" (fun rho2 L gap eta variance N ->
            rho2 ** N * gap + L * eta * eta * variance / 2.0 * powers rho2 N)

    /// SGD-3.
    let stronglyConvex = {
        Id = "SGD-3"
        Name = "sgd on strongly convex functions"
        Statement = $"E‖e_N‖² ≤ {distanceBound}, E(f−f*) ≤ {gapBound}"
        Assumptions = "f m-strongly convex, L-smooth, unbiased noise of variance σ²; 0 < η < 2/L"
        Tightness = Attained "mx²/2"
        Source = own "SC-1 and SC-3 with the variance added at every step; by exact enumeration"
        Cases =
            (noisy
                6
                (Draw.inside 0.0 2.0)
                (Gen.frequency [
                    3, ProblemDraws.stronglyConvex
                    1, Gen.map (fun L -> Quadratics.line L 1.0) (Draw.logUniform 0.1 10.0)
                ])
                id
                (fun problem h variance n paths ->
                    let rho2 = max (abs (1.0 - h * problem.Ratio)) (abs (1.0 - h)) ** 2.0
                    let eta, L = h / problem.Smoothness, problem.Smoothness
                    let R, gap = problem.Distance, fst (problem.At problem.Start) - problem.Minimum
                    let distance = distanceBound.At rho2 R eta variance (float n)
                    let value = gapBound.At rho2 L gap eta variance (float n)

                    let offset =
                        match problem.Minimizer with
                        | Some p -> Vec.norm p
                        | None -> 0.0

                    let floor = 1e-13 * offset * (offset + R)

                    [
                        Finding.atMost
                            "E‖e‖²"
                            n
                            distance
                            (1e-11 * distance + floor)
                            (expect
                                (fun path -> problem.DistanceTo((Array.last path: State<float>).ToArray()) ** 2.0)
                                paths)
                        Finding.atMost
                            "E f − f*"
                            n
                            value
                            (1e-11 * (gap + value) + L * floor)
                            (expect (Array.last >> gapAt problem) paths)
                    ]))
    }

    let private meanBound =
        bound "R²/(2ηN) + ησ²/2" (fun R eta variance N -> R * R / (2.0 * eta * N) + eta * variance / 2.0)

    /// SGD-4.
    let averaged = {
        Id = "SGD-4"
        Name = "averaged sgd on convex functions"
        Statement = $"E f(x̄) − f* ≤ {meanBound}, x̄ the mean of x_0 … x_{{N−1}}"
        Assumptions = "f convex, L-smooth, unbiased noise; η ≤ 1/L"
        Tightness = Valid
        Source = source "Lan" 2012 "constants by cocoercivity, by exact enumeration"
        Cases =
            (noisy 6 (Draw.inside 0.0 1.0) ProblemDraws.convex id (fun problem h variance n paths ->
                let eta = h / problem.Smoothness
                let bound = meanBound.At problem.Distance eta variance (float n)

                let mean (path: State<float>[]) =
                    path[.. n - 1] |> Array.map _.ToArray() |> Vec.mean

                [
                    Finding.atMost
                        "E f(x̄) − f*"
                        n
                        bound
                        (1e-11 * bound)
                        (expect (fun path -> fst (problem.At(mean path)) - problem.Minimum) paths)
                ]))
    }

    let private nonconvexBound =
        bound "2(f_0−f*)/(ηN) + Lησ²" (fun L gap eta variance N -> 2.0 * gap / (eta * N) + L * eta * variance)

    /// SGD-5.
    let nonconvex = {
        Id = "SGD-5"
        Name = "sgd on nonconvex functions"
        Statement = $"(1/N) Σ_{{k<N}} E‖∇f(x_k)‖² ≤ {nonconvexBound}"
        Assumptions = "f L-smooth, bounded below, unbiased noise; η ≤ 1/L"
        Tightness = Valid
        Source = source "Ghadimi and Lan" 2013 "Theorem 2.1; by exact enumeration"
        Cases =
            (noisy 6 (Draw.inside 0.0 1.0) Nonconvex.bounded id (fun problem h variance n paths ->
                let eta = h / problem.Smoothness
                let gap = fst (problem.At problem.Start) - problem.Minimum
                let bound = nonconvexBound.At problem.Smoothness gap eta variance (float n)

                let square (state: State<float>) =
                    Vec.norm (snd (problem.At(state.ToArray()))) ** 2.0

                [
                    Finding.atMost
                        "mean E‖g‖²"
                        n
                        bound
                        (1e-11 * bound)
                        (expect (fun path -> path |> Array.truncate n |> Array.averageBy square) paths)
                ]))
    }

    /// SGD-9.
    let polyakRuppert = {
        Id = "SGD-9"
        Name = "Polyak and Ruppert's average on a quadratic: exact mean square"
        Statement = "E x̄² = [x_0(1−(1−a)^T)/(aT)]² + (ησ/(aT))² Σ_{j=1}^{T−1}(1−(1−a)^j)², a = ηλ"
        Assumptions = "f = λx²/2, noise ±σ, x̄ the mean of x_0 … x_{T−1}"
        Tightness = Identity
        Source = own "variance of a geometric sum; by exact enumeration"
        Cases =
            (onLine 7 (fun rate -> sgd rate |> polyakAverage) (fun h lambda R sigma n paths ->
                let T = float (n + 1)
                let first = R * (1.0 - (1.0 - h) ** T) / (h * T)
                let tail = Seq.sum (seq { for j in 1..n -> (1.0 - (1.0 - h) ** float j) ** 2.0 })
                let expected = first ** 2.0 + (sigma / (lambda * T)) ** 2.0 * tail
                // The average of x_1 … x_n from the state, and x_0.
                let mean (path: State<float>[]) =
                    (R + float n * (Array.last path).Slot("polyakAverage")[0]) / T

                [
                    Finding.equal
                        "E x̄²"
                        n
                        expected
                        (1e-10 * (R * R + expected))
                        (expect (fun path -> mean path ** 2.0) paths)
                ]))
    }

    /// <summary>SGD-3 … SGD-5, SGD-9.</summary>
    let laws: Law list = [ stronglyConvex; averaged; nonconvex; polyakRuppert ]
