namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// What the laws of these files share.
module internal StochasticParts =

    /// The runs on all sign sequences of the noise: expectations are means over them.
    let paths (subject: Subject) optimizer problem sigma n =
        Sums.signs n
        |> Array.map (fun signs -> (Trajectory.noisyOn subject optimizer problem sigma signs).Trail)

    let code (optimizer: Optimizer) (problem: Problem) sigma n =
        $"Sums.signs {n} |> Array.map (Trajectory.noisy ({optimizer}) ({problem}) {Code.value sigma})"

    let expect f paths = Sums.expectation (Array.map f paths)

    // A case of (h, λ, R, σ, N) on the line.
    let onLine most build judge =
        let tell (h, lambda, R, sigma, n) =
            let problem = Quadratics.line lambda R
            let optimizer: Optimizer = build (h / lambda)

            code optimizer problem sigma n,
            fun subject ->
                let paths = paths subject optimizer problem sigma n
                judge h lambda R sigma n paths

        gen {
            let! h = Draw.inside 0.0 2.0
            let! lambda = Draw.logUniform 0.1 10.0
            let! R = Draw.logUniform 0.1 10.0
            let! sigma = Draw.logUniform 0.1 10.0
            let! n = Gen.choose (1, most)

            return
                Case.over
                    (fun (h, lambda, R, sigma, n) -> Draw.shrinkCount 1 n |> Seq.map (fun n -> h, lambda, R, sigma, n))
                    tell
                    (h, lambda, R, sigma, n)
        }

    let last (path: State<float>[]) = (Array.last path).ToArray()[0]

/// <summary>Stochastic gradients on the line: exact variances; expectations are means over all paths.</summary>
[<RequireQualifiedAccess>]
module StochasticLaws =

    open StochasticParts

    /// SGD-1.
    let variance = {
        Id = "SGD-1"
        Name = "sgd on a quadratic: exact mean square"
        Statement = "E e_k² = (1−ηλ)^(2k) e_0² + ησ²/(λ(2−ηλ)) (1−(1−ηλ)^(2k))"
        Assumptions = "f = λx²/2, noise ±σ; 0 < ηλ < 2"
        Tightness = Identity
        Source = own "variance recursion; by exact enumeration"
        Cases =
            (onLine 7 sgd (fun h lambda R sigma n paths ->
                let decay = (1.0 - h) ** float (2 * n)

                let expected =
                    decay * R * R
                    + h / lambda * sigma * sigma / (lambda * (2.0 - h)) * (1.0 - decay)

                let scale = R * R + float n * (h * sigma / lambda) ** 2.0

                [
                    Finding.equal "E e²" n expected (1e-11 * scale) (expect (fun path -> last path ** 2.0) paths)
                ]))
    }

    // Σ ← AΣAᵀ + σ² b bᵀ in two dimensions, and the mean.
    let private covariance (a11, a12, a21, a22) (b1, b2) (x0: float) sigma n =
        let rec go k (mx, mv, sxx, sxv, svv) =
            if k = n then
                mx * mx + sxx
            else
                let q = sigma * sigma

                go
                    (k + 1)
                    (a11 * mx + a12 * mv,
                     a21 * mx + a22 * mv,
                     a11 * a11 * sxx + 2.0 * a11 * a12 * sxv + a12 * a12 * svv + q * b1 * b1,
                     a11 * a21 * sxx + (a11 * a22 + a12 * a21) * sxv + a12 * a22 * svv + q * b1 * b2,
                     a21 * a21 * sxx + 2.0 * a21 * a22 * sxv + a22 * a22 * svv + q * b2 * b2)

        go 0 (x0, 0.0, 0.0, 0.0, 0.0)

    /// SGD-2.
    let momentumVariance =
        let b = 0.8

        let judge matrix noise h lambda R sigma n paths =
            let eta = h / lambda
            let expected = covariance (matrix eta lambda) (noise eta) R sigma n
            let scale = (R * R + float n * (eta * sigma) ** 2.0) * 4.0 ** float n

            [
                Finding.equal "E e²" n expected (1e-12 * scale) (expect (fun path -> last path ** 2.0) paths)
            ]

        {
            Id = "SGD-2"
            Name = "momentum and Nesterov on a quadratic: exact mean square"
            Statement = "Σ_{k+1} = A Σ_k Aᵀ + σ² b bᵀ; stationary ησ²(1+β)/((1−β)λ(2(1+β)−ηλ)) for momentum"
            Assumptions = "f = λx²/2, noise ±σ"
            Tightness = Identity
            Source = own "AR(2) covariance; by exact enumeration"
            Cases =
                (Gen.oneof [
                    onLine
                        7
                        (fun rate -> sgd rate |> momentum b)
                        (judge (fun eta l -> 1.0 - eta * l, -eta * b, l, b) (fun eta -> -eta, 1.0))
                    onLine
                        7
                        (fun rate -> sgd rate |> nesterov b)
                        (judge (fun eta l -> 1.0 - eta * l * (1.0 + b), -eta * b * b, l, b) (fun eta ->
                            -eta * (1.0 + b), 1.0))
                ])
        }

    /// <summary>SGD-1, SGD-2.</summary>
    let laws: Law list = [ variance; momentumVariance ]
