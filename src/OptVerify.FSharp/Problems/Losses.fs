namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptModels

/// <summary>Losses of statistics with provable constants.</summary>
[<RequireQualifiedAccess>]
module Losses =

    /// <summary>
    /// The library's logistic loss (1/n) Σ log(1 + exp(−bᵢ aᵢᵀx)) + (λ/2)‖x‖²: L = σ_max(A)²/(4n) + λ, m = λ. Its minimiser
    /// is not known; f* ≥ 0.
    /// </summary>
    let rec logistic (rows: float[][]) (labels: float[]) (lambda: float) (start: float[]) : Problem =
        let objective = Logistic.OfRows(Array.concat rows, labels, lambda)

        {
            Problem.ofObjective objective start with
                Convexity = lambda
                Growth = lambda
                Minimizer = None
                Minimum = 0.0
                Code = $"Losses.logistic {Code.arrays rows} {Code.array labels} {Code.value lambda} {Code.array start}"
                Simpler =
                    fun () ->
                        seq {
                            if rows.Length > 1 then
                                for i in 0 .. rows.Length - 1 do
                                    logistic (Array.removeAt i rows) (Array.removeAt i labels) lambda start

                            for smaller in Draw.shrinkVector start do
                                logistic rows labels lambda smaller
                        }
                        |> Seq.filter (fun problem -> problem.Smoothness > 0.0)
        }

    /// <summary>Σ log cosh(wⱼxⱼ): L = max w², gradients bounded by ‖w‖, x* = 0.</summary>
    let rec logCosh (weights: float[]) (start: float[]) : Problem =
        let d = weights.Length

        // log cosh z = |z| + log1p(e^(−2|z|)) − log 2, which cancels near 0, where z²/2 − z⁴/12 is exact.
        let value z =
            let z = abs z

            if z < 1e-2 then
                z * z * (0.5 - z * z * (1.0 / 12.0 - z * z / 45.0))
            else
                z + log (1.0 + exp (-2.0 * z)) - log 2.0

        let f point =
            let z = Vec.mul weights point
            struct (Array.sumBy value z, Array.map2 (fun w z -> w * tanh z) weights z)

        let L = weights |> Array.map (fun w -> w * w) |> Array.max

        {
            Objective = Problem.objective "log cosh" L 0.0 0.0 (Some(Vec.zero d)) d f
            Smoothness = L
            Convexity = 0.0
            Growth = 0.0
            Lipschitz = Vec.norm weights
            Minimizer = Some(Vec.zero d)
            Minimum = 0.0
            Start = start
            Code = $"Losses.logCosh {Code.array weights} {Code.array start}"
            Simpler =
                fun () -> seq {
                    if d > 1 then
                        for i in 0 .. d - 1 do
                            logCosh (Array.removeAt i weights) (Array.removeAt i start)

                    for smaller in Draw.shrinkVector start do
                        logCosh weights smaller
                }
        }

    /// <summary>Up to 8 samples of up to 4 features, λ ∈ {0} ∪ [10⁻³, 1].</summary>
    let logistics: Gen<Problem> = gen {
        let! n = Gen.choose (1, 8)
        let! d = Gen.choose (1, 4)
        let! rows = Gen.arrayOfLength n (Gen.arrayOfLength d Draw.normal)
        let! labels = Gen.arrayOfLength n Draw.sign
        let! lambda = Gen.oneof [ Gen.constant 0.0; Draw.logUniform 1e-3 1.0 ]
        let! start = Draw.vector d
        return logistic rows labels lambda start
    }

    /// <summary>Up to 4 coordinates of scales 0.1 to 10.</summary>
    let logCoshes: Gen<Problem> = gen {
        let! d = Gen.choose (1, 4)
        let! weights = Gen.arrayOfLength d (Draw.logUniform 0.1 10.0)
        let! direction = Draw.vector d
        let! radius = Draw.logUniform 0.1 10.0
        return logCosh weights (Vec.scale radius direction)
    }
