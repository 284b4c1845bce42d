namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>What Adam and its relatives remember: regret, denominators, decay, the scale of the gradients.</summary>
[<RequireQualifiedAccess>]
module AdamHistory =

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

        {
            Id = "AD-6"
            Name = "AMSGrad: regret"
            Statement =
                "Σ⟨g_t,x_t−u⟩ ≤ Σ_i (D_i²/2)(B_i + β1/((1−β1)a_T)) + (1+β1)/(2(1−β1)) Σ a_t m_t², B_i the bracket of U-4"
            Assumptions =
                "any gradients, any u; a_t = lr/√t over the library's denominators. Reddi et al. 2018, Theorem 4, has a flawed proof"
            Tightness = Valid
            Source = source "Alacaoglu et al." 2020 "Theorem 1, the derivation"
            Cases = Cases.feeds sequences rates (fun rate -> amsGrad rate |> inverseSqrt) judge
        }

    /// AD-7.
    let monotone =
        let amsgrad corrected (sequence: GradientSequence) (response: Response) = [
            for t in 1 .. sequence.Steps do
                let before, after =
                    response.Trail[t - 1].Slot "amsGrad.w", response.Trail[t].Slot "amsGrad.w"

                let v = response.Trail[t].Slot "amsGrad.v"

                for i in 0 .. sequence.Dimension - 1 do
                    Finding.atMost "w" t after[i] 0.0 before[i]

                    if not corrected then
                        Finding.atMost "v" t after[i] 0.0 v[i]

                    Finding.atMost "−v" t 0.0 0.0 -v[i]
        ]

        let adam (sequence: GradientSequence) (response: Response) = [
            for t in 1 .. sequence.Steps do
                for v in response.Trail[t].Slot "adam.v" -> Finding.atMost "−v" t 0.0 0.0 -v
        ]

        let yogi (sequence: GradientSequence) (response: Response) = [
            for t in 1 .. sequence.Steps do
                let before, after =
                    response.Trail[t - 1].Slot "yogi.v", response.Trail[t].Slot "yogi.v"

                for i in 0 .. sequence.Dimension - 1 do
                    let g = (sequence.Gradients[t - 1][i])
                    Finding.atMost "−v" t 0.0 0.0 -after[i]

                    Finding.atMost
                        "|v_t − v_{t−1}|"
                        t
                        ((1.0 - 0.999) * g * g)
                        (4.0 * Vec.eps * (before[i] + g * g))
                        (abs (after[i] - before[i]))
        ]

        {
            Id = "AD-7"
            Name = "AMSGrad's denominator does not decrease; Yogi's changes slowly"
            Statement = "w_{t+1} ≥ w_t ≥ v_t ≥ 0; Yogi: v ≥ 0, |v_t − v_{t−1}| ≤ (1−β2)g²"
            Assumptions = "any gradients; the maximum over corrected values: w_{t+1} ≥ w_t"
            Tightness = Valid
            Source = source "Reddi, Kale and Kumar" 2018 "Algorithm 2; Zaheer et al. 2018"
            Cases =
                (Gen.oneof [
                    Cases.feeds
                        sequences
                        (Gen.zip rates (Gen.elements [ false; true ]))
                        (fun (rate, corrected) -> amsGradWith (AmsGrad(CorrectedMax = corrected)) rate)
                        (fun (_, corrected) -> amsgrad corrected)
                    Cases.feeds sequences rates HeadWords.adam (fun _ -> adam)
                    Cases.feeds sequences rates HeadWords.yogi (fun _ -> yogi)
                ])
        }

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

        {
            Id = "AD-10"
            Name = "decoupled decay keeps parameters in a box"
            Statement = "(|x_{t+1}| − C/λ)₊ ≤ (1−lr λ)(|x_t| − C/λ)₊"
            Assumptions = "direction bounded by C (1 for sign and Lion, sup R_t for Adam), lr λ ≤ 1"
            Tightness = Valid
            Source = source "Chen et al." 2024 "phase I; Xie and Li 2024"
            Cases =
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
        }

    // x = D z, D a power of two for every tensor: z sees D g and one rate, x sees g and the rate lr D.
    let private rescaled =
        let names = [ "a"; "b"; "c"; "d" ]

        let layout =
            names |> List.fold (fun (l: Layout) name -> l.Add(name, 1)) Layout.Empty

        let heads = [
            adamWith (Adam(Epsilon = 0.0))
            adagradWith (Adagrad(Epsilon = 0.0))
            lion
            signSgd
        ]

        let tell ((head: float -> Optimizer, rate), powers: int[], sequence: GradientSequence) =
            let scales = powers |> Array.map (fun k -> System.Math.ScaleB(1.0, k))

            let rated =
                List.fold2 (fun o name (d: float) -> rateFor name d o) (head rate) names (List.ofArray scales)

            let runs = [
                head rate, sequence.Start, Array.map (Vec.mul scales) sequence.Gradients
                rated, Vec.mul scales sequence.Start, sequence.Gradients
            ]

            let losses = Array.create sequence.Steps nan

            let code (optimizer: Optimizer, start, gradients) =
                $"Trajectory.steps (({optimizer}).Plan<float>({Code.layout layout})) {Code.array start} {Code.arrays gradients} (Array.create {sequence.Steps} nan)"

            String.concat ", " (List.map code runs),
            fun (subject: Subject) ->
                let last (optimizer, start, gradients) =
                    (Trajectory.stepsOn subject (subject.Plan(optimizer, layout)) start gradients losses).Last

                let z, x = last runs[0], last runs[1]
                [ Finding.sameBits "x = D z" sequence.Steps (Vec.mul scales z) x ]

        let shrink (setting, powers, sequence: GradientSequence) =
            GradientSequence.simpler sequence
            |> Seq.filter (fun simpler -> simpler.Dimension = 4)
            |> Seq.map (fun simpler -> setting, powers, simpler)

        Gen.map3
            (fun setting powers sequence -> Case.over shrink tell (setting, powers, sequence))
            (Gen.zip (Gen.elements heads) rates)
            (Gen.arrayOfLength 4 (Gen.choose (-20, 20)))
            (GradientSequence.ofDimension 12 4)

    /// AD-11.
    let scale = {
        Id = "AD-11"
        Name = "adaptive methods do not see the scale of the gradients"
        Statement =
            "the gradients c g give the trajectory of g, bit for bit for c = 2^k; D g per tensor that of rates lr D"
        Assumptions = "ε = 0, or ε in units of the gradient times c; no overflow or underflow of g²"
        Tightness = Identity
        Source = own "by definition; INV-5"
        Cases =
            Gen.frequency [
                3, InvarianceParts.scaled OptimizerDraws.scaleFree (Gen.choose (-30, 30)) (fun _ -> id) Vec.scale
                1, rescaled
            ]
    }

    /// <summary>AD-6, AD-7, AD-10, AD-11.</summary>
    let laws: Law list = [ amsGradRegret; monotone; decayBox; scale ]
