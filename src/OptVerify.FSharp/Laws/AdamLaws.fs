namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Adam and its relatives: steps, first steps, regret, invariances.</summary>
[<RequireQualifiedAccess>]
module AdamLaws =

    let private sequences = GradientSequence.arbitrary 30 4
    let private rates = Draw.logUniform 1e-3 1.0
    let private betas = Gen.zip (Draw.uniform 0.0 0.95) (Draw.uniform 0.05 0.999)

    // Σ_{j<t} x^j, without cancellation near 1.
    let private geometric x t =
        if abs (1.0 - x) < 1e-9 then
            float t
        else
            (1.0 - x ** float t) / (1.0 - x)

    /// <summary>
    /// R_t: the largest |Δ|/lr of bias-corrected Adam after t steps, over all gradients. At (0.9, 0.999) it tends to 7.27, not
    /// to the 3.16 of the paper.
    /// </summary>
    let largestStep (beta1: float) (beta2: float) (t: int) : float =
        let gamma = beta1 * beta1 / beta2

        (1.0 - beta1) / (1.0 - beta1 ** float t)
        * sqrt (geometric beta2 t * geometric gamma t)

    let private slackAt rate (x: float) =
        1e-12 * rate + 8.0 * Vec.eps * (abs x + rate)

    // Every coordinate of every step of a sequence.
    let private stepwise (sequence: GradientSequence) (response: Response) bound = [
        for t in 0 .. sequence.Steps - 1 do
            let u = response.Update t

            for i in 0 .. sequence.Dimension - 1 do
                Finding.atMost "|Δ|" t (bound (t + 1)) (slackAt (bound (t + 1)) (response.Path[t][i])) (abs u[i])
    ]

    /// AD-1.
    let step =
        let exact rate (b1, b2) =
            adamWith (Adam(Beta1 = b1, Beta2 = b2, Epsilon = 0.0)) rate

        let attaining =
            let tell (rate: float, (b1: float, b2: float), n: int) =
                // g_i = (β1/β2)^(t−i): Cauchy and Schwarz with equality at the last step.
                let sequence = {
                    Start = [| 0.0 |]
                    Gradients = Array.init n (fun i -> [| (b1 / b2) ** float (n - 1 - i) |])
                }

                let optimizer = exact rate (b1, b2)

                $"Trajectory.feed ({optimizer}) {sequence}",
                fun machine ->
                    let response = Trajectory.feedOn machine optimizer sequence.Start sequence.Gradients
                    let bound = rate * largestStep b1 b2 n
                    let x = (response.Path[n - 1][0])

                    [
                        Finding.equal
                            "|Δ_T|"
                            n
                            bound
                            (1e-10 * bound + 8.0 * Vec.eps * abs x)
                            (abs ((response.Update(n - 1))[0]))
                    ]

            gen {
                let! rate = rates
                let! b1 = Draw.uniform 0.3 0.95
                let! b2 = Draw.uniform 0.3 0.999
                let! n = Gen.choose (1, 25)

                return
                    Trial.over
                        (fun (rate, betas, n) -> Draw.shrinkCount 1 n |> Seq.map (fun n -> rate, betas, n))
                        tell
                        (rate, (b1, b2), n)
            }

        let amsgrad rate (b1, b2) =
            amsGradWith (AmsGrad(Beta1 = b1, Beta2 = b2, Epsilon = 0.0)) rate

        law
            "AD-1"
            "Adam: largest step"
            "|Δ_t| ≤ lr ((1−β1)/(1−β1^t)) √((1−β2^t)/(1−β2) · (1−γ^t)/(1−γ)), γ = β1²/β2"
            "any gradients, ε ≥ 0; also AMSGrad. The bound max(1, (1−β1)/√(1−β2)) of the Adam paper is false"
            (Attained "g_i = (β1/β2)^(t−i)")
            (own "Cauchy and Schwarz")
            (Gen.oneof [
                Cases.feeds
                    sequences
                    (Gen.zip rates betas)
                    (fun (rate, betas) -> exact rate betas)
                    (fun (rate, (b1, b2)) sequence response ->
                        stepwise sequence response (fun t -> rate * largestStep b1 b2 t))
                Cases.feeds
                    sequences
                    (Gen.zip rates betas)
                    (fun (rate, betas) -> amsgrad rate betas)
                    (fun (rate, (b1, b2)) sequence response ->
                        stepwise sequence response (fun t -> rate * largestStep b1 b2 t))
                attaining
            ])

    /// AD-2.
    let first =
        let settings =
            Gen.zip3 rates (Gen.elements [ 0.0; 1e-8; 1e-2; 1.0 ]) (Gen.elements [ true; false ])

        let build (rate, epsilon, corrected) =
            adamWith (Adam(Epsilon = epsilon, BiasCorrection = corrected)) rate

        let judge (rate, epsilon, corrected) (sequence: GradientSequence) (response: Response) =
            let u = response.Update 0

            [
                for i in 0 .. sequence.Dimension - 1 do
                    let g = (sequence.Gradients[0][i])

                    let expected =
                        if corrected then
                            (if g = 0.0 then 0.0 else rate * g / (abs g + epsilon))
                        else
                            let m, v = (1.0 - 0.9) * g, (1.0 - 0.999) * g * g
                            if g = 0.0 then 0.0 else rate * m / (sqrt v + epsilon)

                    Finding.equal "Δ_1" i expected (slackAt rate (response.Path[0][i]) + 1e-11 * abs expected) u[i]
            ]

        law
            "AD-2"
            "Adam: first step"
            "Δ_1 = lr g/(|g| + ε); without bias correction lr(1−β1)g/(√(1−β2)|g| + ε)"
            "any gradient"
            Identity
            (source "Kingma and Ba" 2015 "Algorithm 1")
            (Cases.feeds sequences settings build judge)

    /// AD-3.
    let constant =
        law
            "AD-3"
            "Adam: constant gradient"
            "Δ_t = lr sign(g) for every t"
            "g_t = g ≠ 0, ε = 0"
            Identity
            (source "Kingma and Ba" 2015 "section 3")
            (Cases.sequences
                (GradientSequence.dense 1 3)
                (Gen.zip rates (Gen.choose (1, 40)))
                (fun (rate, n) -> $"{adamWith (Adam(Epsilon = 0.0)) rate} /* the gradient {n} times */")
                (fun (rate, n) sequence machine ->
                    let g = sequence.Gradients[0]

                    let response =
                        Trajectory.feedOn
                            machine
                            (adamWith (Adam(Epsilon = 0.0)) rate)
                            sequence.Start
                            (Array.replicate n g)

                    [
                        for t in 0 .. n - 1 do
                            for i in 0 .. g.Length - 1 do
                                Finding.equal
                                    "Δ"
                                    t
                                    (rate * float (sign g[i]))
                                    (1e-13 * rate * float n + 8.0 * Vec.eps * (abs (response.Path[t][i]) + rate))
                                    ((response.Update t)[i])
                    ]))

    /// AD-4.
    let rms =
        let settings =
            Gen.zip3 rates (Draw.uniform 0.05 0.99) (Gen.elements [ true; false ])

        let build (rate, a, corrected) =
            rmsPropWith (RmsProp(Decay = a, Epsilon = 0.0, BiasCorrection = corrected)) rate

        law
            "AD-4"
            "RMSProp: largest step"
            "|Δ_t| ≤ lr/√(1−α), equality at step 1; with bias correction lr √((1−α^t)/(1−α))"
            "any gradients, v_0 = 0, ε = 0"
            (Attained "the first gradient")
            (own "v_t ≥ (1−α)g_t²")
            (Cases.feeds sequences settings build (fun (rate, a, corrected) sequence response ->
                let bound t =
                    if corrected then
                        rate * sqrt (geometric a t)
                    else
                        rate / sqrt (1.0 - a)

                List.append (stepwise sequence response bound) [
                    for i in 0 .. sequence.Dimension - 1 do
                        if (sequence.Gradients[0][i]) <> 0.0 then
                            Finding.equal
                                "|Δ_1|"
                                0
                                (bound 1)
                                (slackAt (bound 1) (response.Path[0][i]))
                                (abs ((response.Update 0)[i]))
                ]))

    /// AD-5.
    let adaMax =
        let bound rate b1 b2 t =
            rate * (1.0 - b1) / (1.0 - b1 ** float t) * geometric (b1 / b2) t

        let build (rate, (b1, b2)) =
            adaMaxWith (AdaMax(Beta1 = b1, Beta2 = b2, Epsilon = 0.0)) rate

        let attaining =
            let tell (rate: float, (b1: float, b2: float), n: int) =
                let sequence = {
                    Start = [| 0.0 |]
                    Gradients = Array.init n (fun i -> [| b2 ** float i |])
                }

                $"Trajectory.feed ({build (rate, (b1, b2))}) {sequence}",
                fun machine ->
                    let response =
                        Trajectory.feedOn machine (build (rate, (b1, b2))) sequence.Start sequence.Gradients

                    let bound = bound rate b1 b2 n

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
                    Trial.over
                        (fun (rate, betas, n) -> Draw.shrinkCount 1 n |> Seq.map (fun n -> rate, betas, n))
                        tell
                        (rate, (b1, b2), n)
            }

        law
            "AD-5"
            "AdaMax: largest step"
            "|Δ_t| ≤ lr ((1−β1)/(1−β1^t)) (1−(β1/β2)^t)/(1−β1/β2)"
            "any gradients, ε = 0, β1 < β2. The paper's |Δ| ≤ lr is slightly false"
            (Attained "g_i = β2^i")
            (own "n_t ≥ β2^(t−i)|g_i|")
            (Gen.oneof [
                Cases.feeds
                    sequences
                    (Gen.zip rates (Gen.zip (Draw.uniform 0.0 0.9) (Draw.uniform 0.91 0.999)))
                    build
                    (fun (rate, (b1, b2)) sequence response -> stepwise sequence response (bound rate b1 b2))
                attaining
            ])

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

    /// <summary>AD-1 … AD-7, AD-10, AD-11.</summary>
    let laws: Law list = [ step; first; constant; rms; adaMax; amsGradRegret; monotone; decayBox; scale ]
