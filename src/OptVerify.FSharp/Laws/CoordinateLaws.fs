namespace OptVerify

open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Rules that look at each coordinate by itself: what they are at the ends of their hyper-parameters.</summary>
[<RequireQualifiedAccess>]
module CoordinateLaws =

    open EquivalenceParts

    let private scaled c (sequence: GradientSequence) = {
        sequence with
            Gradients = sequence.Gradients |> Array.map (Vec.scale c)
    }

    /// MIX-1.
    let withoutSlowAverage = {
        Id = "MIX-1"
        Name = "AdEMAMix without the slow average is Adam"
        Statement = "adEmaMix at α = 0 = adam"
        Assumptions = "bit for bit, whatever β3 and the warm-ups"
        Tightness = Identity
        Source = own "by definition"
        Cases =
            sameBits (Gen.zip3 rates betas (Gen.choose (0, 20))) (fun (rate, beta3, warmup) ->
                adam rate, adEmaMixWith (AdEmaMix(Alpha = 0.0, Beta3 = beta3, Beta3Warmup = warmup)) rate)
    }

    /// MIX-2.
    let withoutBuffer = {
        Id = "MIX-2"
        Name = "simplified AdEMAMix without its buffer is Adam without momentum"
        Statement = "simplifiedAdEmaMix at β1 = 0, α = 0 = adam at β1 = 0"
        Assumptions = "bit for bit"
        Tightness = Identity
        Source = own "by definition"
        Cases =
            sameBits (Gen.zip rates (Draw.uniform 0.1 0.99)) (fun (rate, b) ->
                adamWith (Adam(Beta1 = 0.0, Beta2 = b)) rate,
                simplifiedAdEmaMixWith (SimplifiedAdEmaMix(Beta1 = 0.0, Beta2 = b)) rate)
    }

    /// CLIP-5.
    let euclidean = {
        Id = "CLIP-5"
        Name = "the norm of order 2 is the norm"
        Statement = "clipNorm 2 c = clip c"
        Assumptions = "bit for bit"
        Tightness = Identity
        Source = own "by definition"
        Cases =
            sameBits (Gen.zip rates (Draw.logUniform 1e-3 1e3)) (fun (rate, c) ->
                sgd rate |> momentum 0.9 |> clip c, sgd rate |> momentum 0.9 |> clipNorm 2.0 c)
    }

    /// CLIP-6.
    let meanSquare = {
        Id = "CLIP-6"
        Name = "a bound on the root mean square is one on the norm"
        Statement = "clipBlockRms d on n elements = clipPerTensor (d√n)"
        Assumptions = "any gradients"
        Tightness = Identity
        Source = own "RMS(u) = ‖u‖/√n"
        Cases =
            Cases.twins
                sequences
                (Gen.zip rates (Draw.logUniform 1e-3 1e3))
                (fun (rate, d) sequence ->
                    sgd rate |> clipBlockRms d,
                    (sgd rate |> clipPerTensor (d * sqrt (float sequence.Dimension)), sequence))
                (fun _ sequence a b -> [
                    for k in 1 .. sequence.Steps ->
                        Finding.close "p" k (size sequence a + size sequence b) 1e-13 a.Path[k] b.Path[k]
                ])
    }

    /// EQ-20.
    let nothingForeseen = {
        Id = "EQ-20"
        Name = "optimism that foresees nothing"
        Statement = "optimistic 1 0 = identity; langevin 0 = identity"
        Assumptions = "bit for bit"
        Tightness = Identity
        Source = own "by definition"
        Cases =
            sameBits (Gen.zip rates (Gen.elements [ optimistic 1.0 0.0; langevin 0.0 7 ])) (fun (rate, words) ->
                sgd rate |> momentum 0.9, sgd rate |> momentum 0.9 |> words)
    }

    /// EQ-21.
    let ascent =
        let heads = [
            fun rate -> adam rate |> weightDecay 0.1
            fun rate -> sgd rate |> momentum 0.9 |> clip 1.0 |> l2 0.01
            fun rate -> ftrl rate
            fun rate -> madgrad rate
        ]

        {
            Id = "EQ-21"
            Name = "ascent is descent on the negative"
            Statement = "ascend on −g = without it on g"
            Assumptions = "bit for bit"
            Tightness = Identity
            Source = own "by definition"
            Cases =
                Cases.twins
                    sequences
                    (Gen.zip rates (Gen.elements heads))
                    (fun (rate, head) sequence -> head rate, (head rate |> ascend, scaled -1.0 sequence))
                    (fun _ sequence a b -> [
                        for k in 1 .. sequence.Steps -> Finding.sameBits "p uphill" k a.Path[k] b.Path[k]
                    ])
        }

    /// FTRL-1.
    let ftrlIsAdagrad =
        let schedules = [ id; cosine 60; warmup 5; inverseSqrt; stepDecay 3 0.5 ]

        {
            Id = "FTRL-1"
            Name = "FTRL without penalties is AdaGrad"
            Statement = "ftrl with Initial = 0 = adagrad with ε = 0, under every schedule"
            Assumptions = "any gradients"
            Tightness = Identity
            Source = source "McMahan et al." 2013 "section 2"
            Cases =
                close (Gen.zip rates (Gen.elements schedules)) (fun (rate, words) ->
                    adagradWith (Adagrad(Epsilon = 0.0)) rate |> words, ftrlWith (Ftrl(Initial = 0.0)) rate |> words)
        }

    /// COIN-1.
    let unitless = {
        Id = "COIN-1"
        Name = "bets know no unit"
        Statement = "cocob with ε = 0: gradients times c change nothing"
        Assumptions = "10⁻³ ≤ c ≤ 10³"
        Tightness = Identity
        Source = source "Orabona and Tommasi" 2017 "section 5"
        Cases =
            Cases.twins
                sequences
                (Gen.zip (Draw.uniform 1.0 200.0) (Draw.logUniform 1e-3 1e3))
                (fun (alpha, c) sequence ->
                    let words = cocobWith (Cocob(Alpha = alpha, Epsilon = 0.0)) 1.0
                    words, (words, scaled c sequence))
                (fun _ sequence a b -> [
                    for k in 1 .. sequence.Steps ->
                        Finding.close "p" k (size sequence a + size sequence b) 1e-9 a.Path[k] b.Path[k]
                ])
    }

    /// COIN-2.
    let firstBet = {
        Id = "COIN-2"
        Name = "the first bet"
        Statement = "cocob 1 first moves every coordinate by 1/α, against its gradient"
        Assumptions = "ε = 0, α ≥ 2"
        Tightness = Identity
        Source = source "Orabona and Tommasi" 2017 "algorithm 2"
        Cases =
            Cases.feeds
                sequences
                (Draw.uniform 2.0 200.0)
                (fun alpha -> cocobWith (Cocob(Alpha = alpha, Epsilon = 0.0)) 1.0)
                (fun alpha sequence response ->
                    let expected =
                        Array.map2 (fun p g -> p - float (sign g) / alpha) sequence.Start sequence.Gradients[0]

                    [
                        Finding.close "p_1" 1 (1.0 + Vec.norm sequence.Start) 1e-15 expected response.Path[1]
                    ])
    }

    /// FROM-1.
    let turned =
        let across (sequence: GradientSequence) =
            let p, g = sequence.Start, sequence.Gradients[0]
            let away = Vec.scale (Vec.dot g p / Vec.dot p p) p

            {
                sequence with
                    Gradients = [| Vec.sub g away |]
            }

        {
            Id = "FROM-1"
            Name = "fromage turns"
            Statement = "⟨u, p⟩ = 0: ‖p‖ stays, and the angle between p and p⁺ is arctan η"
            Assumptions = "norms above the least one"
            Tightness = Identity
            Source = source "Bernstein et al." 2020 "section 4"
            Cases =
                Cases.feeds
                    (Gen.map across (GradientSequence.dense 1 6))
                    (Draw.uniform 0.01 2.0)
                    fromage
                    (fun rate sequence response ->
                        let p, g = sequence.Start, sequence.Gradients[0]

                        if
                            Vec.norm p > 1e-3
                            && Vec.norm g > 1e-3
                            && abs (Vec.dot g p) <= 1e-12 * Vec.norm g * Vec.norm p
                        then
                            let next = response.Path[1]

                            [
                                Finding.equal "‖p⁺‖" 1 (Vec.norm p) (1e-11 * Vec.norm p) (Vec.norm next)
                                Finding.equal
                                    "⟨p, p⁺⟩"
                                    1
                                    (Vec.dot p p / sqrt (1.0 + rate * rate))
                                    (1e-11 * Vec.dot p p)
                                    (Vec.dot p next)
                            ]
                        else
                            [])
        }

    /// <summary>MIX-1 … FROM-1.</summary>
    let laws: Law list = [
        withoutSlowAverage
        withoutBuffer
        euclidean
        meanSquare
        nothingForeseen
        ascent
        ftrlIsAdagrad
        unitless
        firstBet
        turned
    ]
