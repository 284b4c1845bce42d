namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Two pipelines that are one method.</summary>
[<RequireQualifiedAccess>]
module Equivalences =

    open EquivalenceParts

    /// EQ-4.
    let zeroMomentum = {
        Id = "EQ-4"
        Name = "momentum 0 is sgd"
        Statement = "momentum 0, nesterov 0 and ema 0 change nothing"
        Assumptions = "bit for bit"
        Tightness = Identity
        Source = own "by definition"
        Cases =
            sameBits (Gen.zip rates (Gen.elements [ momentum 0.0; nesterov 0.0; ema 0.0 ])) (fun (rate, words) ->
                sgd rate, sgd rate |> words)
    }

    /// EQ-5.
    let adamIsSign = {
        Id = "EQ-5"
        Name = "Adam without memory is signSgd"
        Statement = "adam β1 = β2 = ε = 0 = signSgd"
        Assumptions = "bit for bit"
        Tightness = Identity
        Source = own "√(g²) = |g|"
        Cases = sameBits rates (fun rate -> adamWith (Adam(Beta1 = 0.0, Beta2 = 0.0, Epsilon = 0.0)) rate, signSgd rate)
    }

    /// EQ-6.
    let noDecay = {
        Id = "EQ-6"
        Name = "decay 0 is no decay"
        Statement = "adamW 0 = adam = adam |> l2 0"
        Assumptions = "bit for bit"
        Tightness = Identity
        Source = own "by definition"
        Cases =
            sameBits (Gen.zip rates (Gen.elements [ weightDecay 0.0; l2 0.0; l1 0.0 ])) (fun (rate, words) ->
                adam rate, adam rate |> words)
    }

    /// EQ-7.
    let rmsIsAdam = {
        Id = "EQ-7"
        Name = "RMSProp with bias correction is Adam with β1 = 0"
        Statement = "rmsProp(α, corrected) = adam(0, α)"
        Assumptions = "any gradients"
        Tightness = Identity
        Source = own "by definition"
        Cases =
            close (Gen.zip rates (Draw.uniform 0.1 0.99)) (fun (rate, a) ->
                rmsPropWith (RmsProp(Decay = a, BiasCorrection = true)) rate,
                adamWith (Adam(Beta1 = 0.0, Beta2 = a)) rate)
    }

    /// EQ-8.
    let decays =
        let equal =
            sameBits (Gen.zip rates (Draw.logUniform 1e-3 1.0)) (fun (rate, wd) ->
                sgd rate |> l2 wd, sgd rate |> weightDecay wd)

        // p = 1, g = 0, η = 0.1, λ = 0.5, β = 0.5, two steps: coupled v = 0.5, then 0.725; decoupled shrinks by 0.95 twice.
        let differ =
            let coupled = sgd 0.1 |> l2 0.5 |> momentum 0.5
            let decoupled = sgd 0.1 |> momentum 0.5 |> weightDecay 0.5
            let start, gradients = [| 1.0 |], Array.create 2 [| 0.0 |]

            let code optimizer =
                $"Trajectory.feed ({optimizer}) {Code.array start} {Code.arrays gradients}"

            Case.fixedCase $"{code coupled}, {code decoupled}" (fun subject ->
                let last optimizer =
                    (Trajectory.feedOn subject optimizer start gradients).Last[0]

                [
                    Finding.equal "p under l2" 2 (1.0 - 0.05 - 0.1 * (0.25 + 0.475)) (8.0 * Vec.eps) (last coupled)
                    Finding.equal "p under weightDecay" 2 (0.95 * 0.95) (8.0 * Vec.eps) (last decoupled)
                ])

        {
            Id = "EQ-8"
            Name = "coupled and decoupled decay agree for sgd, and only there"
            Statement = "l2 λ = weightDecay λ for plain sgd, bit for bit; with momentum they differ"
            Assumptions = "any gradients"
            Tightness = Identity
            Source = source "Loshchilov and Hutter" 2019 "Proposition 1"
            Cases = Gen.frequency [ 9, equal; 1, Gen.constant differ ]
        }

    /// EQ-9.
    let amsGrad =
        let grown (sequence: GradientSequence) = {
            sequence with
                Gradients =
                    sequence.Gradients
                    |> Array.mapi (fun t g ->
                        g
                        |> Array.mapi (fun i _ -> (if i % 2 = 0 then 1.0 else -1.0) * (1.0 + float i) * 1.1 ** float t))
        }

        // 1−β2ᵏ is off by at most k roundings of 1, (k+2)ε/(1−β2) of itself, and a maximum of corrected values keeps the largest
        // of these errors; halved by the root.
        let corrected (rate: float) (sequence: GradientSequence) =
            2.0 * float (sequence.Steps + 2) * Vec.eps / (1.0 - 0.999)
            * rate
            * float sequence.Steps

        {
            Id = "EQ-9"
            Name = "AMSGrad is Adam while v does not decrease"
            Statement = "w = max(w, v) = v; with the maximum over corrected values up to their rounding"
            Assumptions = "|g_t| growing, bit for bit"
            Tightness = Identity
            Source = source "Reddi, Kale and Kumar" 2018 "section 4"
            Cases =
                Cases.twins
                    (Gen.map grown sequences)
                    (Gen.zip rates (Gen.elements [ false; true ]))
                    (fun (rate, after) sequence ->
                        adam rate, (amsGradWith (AmsGrad(CorrectedMax = after)) rate, sequence))
                    (fun (rate, after) sequence a b -> [
                        if after then
                            let slack = corrected rate sequence + 8.0 * Vec.eps * size sequence a
                            Finding.close "AMSGrad's p" sequence.Steps 1.0 slack a.Last b.Last
                        else
                            Finding.sameBits "AMSGrad's p" sequence.Steps a.Last b.Last
                    ])
        }

    /// <summary>EQ-4 … EQ-9.</summary>
    let laws: Law list = [ zeroMomentum; adamIsSign; noDecay; rmsIsAdam; decays; amsGrad ]
