namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>The largest steps of RMSProp and AdaMax.</summary>
[<RequireQualifiedAccess>]
module LargestSteps =

    open AdamParts

    /// AD-4: the largest |Δ|/lr of RMSProp after t steps.
    let internal largestRms (decay: float) corrected (t: int) =
        if corrected then
            sqrt (geometric decay t)
        else
            1.0 / sqrt (1.0 - decay)

    /// AD-4.
    let rms =
        let settings =
            Gen.zip3 rates (Draw.uniform 0.05 0.99) (Gen.elements [ true, 0.0; false, 0.0; false, 0.5 ])

        let build (rate, a, (corrected, mu)) =
            let head =
                rmsPropWith (RmsProp(Decay = a, Epsilon = 0.0, BiasCorrection = corrected)) rate

            if mu = 0.0 then head else head |> momentum mu

        {
            Id = "AD-4"
            Name = "RMSProp: largest step"
            Statement = "|Δ_t| ≤ lr/√(1−α), equality at step 1; with bias correction lr √((1−α^t)/(1−α))"
            Assumptions = "any gradients, v_0 = 0, ε = 0; momentum μ behind it: 1/(1−μ) as much"
            Tightness = Attained "the first gradient"
            Source = own "v_t ≥ (1−α)g_t²"
            Cases =
                (Cases.feeds sequences settings build (fun (rate, a, (corrected, mu)) sequence response ->
                    let bound t =
                        rate * largestRms a corrected t / (1.0 - mu)

                    List.append (stepwise sequence response bound) [
                        for i in 0 .. sequence.Dimension - 1 do
                            if (sequence.Gradients[0][i]) <> 0.0 then
                                Finding.equal
                                    "|Δ_1|"
                                    0
                                    (bound 1 * (1.0 - mu))
                                    (slackAt (bound 1) (response.Path[0][i]))
                                    (abs ((response.Update 0)[i]))
                    ]))
        }

    /// AD-5: the largest |Δ|/lr of AdaMax after t steps.
    let internal largestAdaMax (b1: float) (b2: float) (t: int) =
        (1.0 - b1) / (1.0 - b1 ** float t) * geometric (b1 / b2) t

    /// AD-5.
    let adaMax =
        let build (rate, (b1, b2)) =
            adaMaxWith (AdaMax(Beta1 = b1, Beta2 = b2, Epsilon = 0.0)) rate

        let attaining =
            let tell (rate: float, (b1: float, b2: float), n: int) =
                let sequence = {
                    Start = [| 0.0 |]
                    Gradients = Array.init n (fun i -> [| b2 ** float i |])
                }

                $"Trajectory.feed ({build (rate, (b1, b2))}) {sequence}",
                fun subject ->
                    let response =
                        Trajectory.feedOn subject (build (rate, (b1, b2))) sequence.Start sequence.Gradients

                    let bound = rate * largestAdaMax b1 b2 n

                    [
                        Finding.equal
                            "|Δ_T|"
                            n
                            bound
                            (1e-11 * bound + 8.0 * Vec.eps * abs (response.Path[n - 1][0]))
                            (abs ((response.Update(n - 1))[0]))
                    ]

            gen {
                let! rate = rates
                let! b1 = Draw.uniform 0.1 0.9
                let! b2 = Draw.uniform 0.91 0.999
                let! n = Gen.choose (1, 25)

                return
                    Case.over
                        (fun (rate, betas, n) -> Draw.shrinkCount 1 n |> Seq.map (fun n -> rate, betas, n))
                        tell
                        (rate, (b1, b2), n)
            }

        {
            Id = "AD-5"
            Name = "AdaMax: largest step"
            Statement = "|Δ_t| ≤ lr ((1−β1)/(1−β1^t)) (1−(β1/β2)^t)/(1−β1/β2)"
            Assumptions = "any gradients, ε = 0, β1 < β2. The paper's |Δ| ≤ lr is slightly false"
            Tightness = Attained "g_i = β2^i"
            Source = own "n_t ≥ β2^(t−i)|g_i|"
            Cases =
                (Gen.oneof [
                    Cases.feeds
                        sequences
                        (Gen.zip rates (Gen.zip (Draw.uniform 0.0 0.9) (Draw.uniform 0.91 0.999)))
                        build
                        (fun (rate, (b1, b2)) sequence response ->
                            stepwise sequence response (fun t -> rate * largestAdaMax b1 b2 t))
                    attaining
                ])
        }

    /// <summary>AD-4, AD-5.</summary>
    let laws: Law list = [ rms; adaMax ]
