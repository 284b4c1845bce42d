namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>What Adam and its relatives remember: regret, denominators, decay, the scale of the gradients.</summary>
[<RequireQualifiedAccess>]
module AdamMemory =

    open AdamParts

    /// AD-6.
    let amsGradRegret =
        let judge rate (sequence: GradientSequence) (response: Response) =
            let n, b1, b2 = sequence.Steps, 0.9, 0.999
            let m t = response.Trail[t].Slot "amsGrad.m"

            // x_{t+1} = x_t − a_t m_t with the effective rates a_t of the state: U-3 and U-4 together.
            let a t =
                let c1, c2 = 1.0 - b1 ** float t, 1.0 - b2 ** float t

                response.Trail[t].Slot "amsGrad.w"
                |> Array.map (fun w -> rate / sqrt (float t) / c1 / (sqrt (w / c2) + 1e-8))

            let mutable left, right, scale = 0.0, 0.0, 0.0
            let share = b1 / (1.0 - b1)

            for i in 0 .. sequence.Dimension - 1 do
                let u = sin (float (3 * i + 1))
                let away t = (response.Path[t][i]) - u
                let widest = Seq.max (seq { for t in 0..n -> abs (away t) })
                let weights = [| for t in 1..n -> 1.0 / (a t)[i] |]

                let bracket =
                    weights[0]
                    + Seq.sum (seq { for t in 1 .. n - 1 -> max 0.0 (weights[t] - weights[t - 1]) })

                let squares = Seq.sum (seq { for t in 1..n -> (a t)[i] * (m t)[i] ** 2.0 })
                // ⟨m_T, x_T−u⟩ ≤ a m²/2 + (x−u)²/(2a); ⟨m_t, x_t − x_{t+1}⟩ = a m².
                right <-
                    right
                    + widest * widest / 2.0 * bracket
                    + squares / 2.0
                    + share
                      * ((a n)[i] * (m n)[i] ** 2.0 / 2.0 + widest * widest / 2.0 * weights[n - 1])
                    + share * (squares - (a n)[i] * (m n)[i] ** 2.0)

                for t in 0 .. n - 1 do
                    left <- left + (sequence.Gradients[t][i]) * away t
                    scale <- scale + abs (sequence.Gradients[t][i] * away t)

            [ Finding.atMost "Σ⟨g_t, x_t−u⟩" n right (1e-9 * (scale + right)) left ]

        law
            "AD-6"
            "AMSGrad: regret"
            "Σ⟨g_t,x_t−u⟩ ≤ Σ_i (D_i²/2)(B_i + β1/((1−β1)a_T)) + (1+β1)/(2(1−β1)) Σ a_t m_t², B_i the bracket of U-4"
            "any gradients, any u; a_t = lr/√t over the library's denominators. Reddi et al. 2018, Theorem 4, has a flawed proof"
            Valid
            (source "Alacaoglu et al." 2020 "Theorem 1, the derivation")
            (Cases.feeds sequences rates (fun rate -> amsGrad rate |> inverseSqrt) judge)

    /// AD-7.
    let monotone =
        let amsgrad (sequence: GradientSequence) (response: Response) = [
            for t in 1 .. sequence.Steps do
                let before, after =
                    response.Trail[t - 1].Slot "amsGrad.w", response.Trail[t].Slot "amsGrad.w"

                let v = response.Trail[t].Slot "amsGrad.v"

                for i in 0 .. sequence.Dimension - 1 do
                    Finding.atMost "w" t after[i] 0.0 before[i]
                    Finding.atMost "v" t after[i] 0.0 v[i]
                    Finding.atMost "−v" t 0.0 0.0 -v[i]
        ]

        let yogi (sequence: GradientSequence) (response: Response) = [
            for t in 1 .. sequence.Steps do
                let before, after =
                    response.Trail[t - 1].Slot "yogi.v", response.Trail[t].Slot "yogi.v"

                for i in 0 .. sequence.Dimension - 1 do
                    let g = (sequence.Gradients[t - 1][i])

                    Finding.atMost
                        "|v_t − v_{t−1}|"
                        t
                        ((1.0 - 0.999) * g * g)
                        (4.0 * Vec.eps * (before[i] + g * g))
                        (abs (after[i] - before[i]))
        ]

        law
            "AD-7"
            "AMSGrad's denominator does not decrease; Yogi's changes slowly"
            "w_{t+1} ≥ w_t ≥ v_t ≥ 0; |v_t − v_{t−1}| ≤ (1−β2)g²"
            "any gradients"
            Valid
            (source "Reddi, Kale and Kumar" 2018 "Algorithm 2; Zaheer et al. 2018")
            (Gen.oneof [
                Cases.feeds sequences rates amsGrad (fun _ -> amsgrad)
                Cases.feeds sequences rates OptDsl.HeadWords.yogi (fun _ -> yogi)
            ])

    /// AD-10.
    let decayBox =
        let heads =
            Gen.elements [
                (fun rate -> lion rate), 1.0
                (fun rate -> signSgd rate), 1.0
                (fun rate -> adam rate), 7.2705
            ]

        let settings = Gen.zip3 (Draw.logUniform 1e-3 0.5) (Draw.logUniform 0.1 1.9) heads
        let build (rate, wd, (head, _)) : Optimizer = head rate |> weightDecay wd

        law
            "AD-10"
            "decoupled decay keeps parameters in a box"
            "(|x_{t+1}| − C/λ)₊ ≤ (1−lr λ)(|x_t| − C/λ)₊"
            "direction bounded by C (1 for sign and Lion, sup R_t for Adam), lr λ ≤ 1"
            Valid
            (source "Chen et al." 2024 "phase I; Xie and Li 2024")
            (Cases.feeds
                (sequences
                 |> Gen.map (fun s -> {
                     s with
                         Start = Vec.scale 10.0 s.Start
                 }))
                settings
                build
                (fun (rate, wd, (_, C)) sequence response -> [
                    for t in 0 .. sequence.Steps - 1 do
                        for i in 0 .. sequence.Dimension - 1 do
                            let outside t =
                                max 0.0 (abs (response.Path[t][i]) - C / wd)

                            Finding.atMost
                                "outside the box"
                                t
                                ((1.0 - rate * wd) * outside t)
                                (8.0 * Vec.eps * (abs (response.Path[t][i]) + C / wd + rate * C))
                                (outside (t + 1))
                ]))

    /// AD-11.
    let scale =
        let judge (rate, power) (sequence: GradientSequence) (machine: Machine) =
            let factor = System.Math.ScaleB(1.0, power)
            let scaled = sequence.Gradients |> Array.map (Vec.scale factor)

            [
                for optimizer in
                    [
                        adamWith (Adam(Epsilon = 0.0)) rate
                        adagradWith (Adagrad(Epsilon = 0.0)) rate
                        rmsPropWith (RmsProp(Epsilon = 0.0)) rate
                        lion rate
                        signSgd rate
                    ] do
                    let plain = Trajectory.feedOn machine optimizer sequence.Start sequence.Gradients
                    let other = Trajectory.feedOn machine optimizer sequence.Start scaled
                    Finding.sameBits $"{optimizer} on {Code.number factor} g" sequence.Steps plain.Last other.Last
            ]

        law
            "AD-11"
            "adaptive methods do not see the scale of the gradients"
            "ε = 0: the gradients c g give the trajectory of g, bit for bit for c = 2^k"
            "no overflow or underflow of g²"
            Identity
            (own "by definition; INV-5")
            (Cases.sequences
                sequences
                (Gen.zip rates (Gen.choose (-30, 30)))
                (fun (rate, k) -> $"{adamWith (Adam(Epsilon = 0.0)) rate} /* gradients times 2^{k} */")
                judge)

    /// <summary>AD-6, AD-7, AD-10, AD-11.</summary>
    let laws: Law list = [ amsGradRegret; monotone; decayBox; scale ]
