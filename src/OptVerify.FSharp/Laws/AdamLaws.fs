namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// What the laws of these files share.
module internal AdamParts =

    let sequences = GradientSequence.arbitrary 30 4
    let rates = Draw.logUniform 1e-3 1.0
    let betas = Gen.zip (Draw.uniform 0.0 0.95) (Draw.uniform 0.05 0.999)

    // Σ_{j<t} x^j, without cancellation near 1.
    let geometric x t =
        if abs (1.0 - x) < 1e-9 then
            float t
        else
            (1.0 - x ** float t) / (1.0 - x)

    let slackAt rate (x: float) =
        1e-12 * rate + 8.0 * Vec.eps * (abs x + rate)

    // Every coordinate of every step of a sequence.
    let internal stepwise (sequence: GradientSequence) (response: Response) bound = [
        for t in 0 .. sequence.Steps - 1 do
            let u = response.Update t

            for i in 0 .. sequence.Dimension - 1 do
                Finding.atMost "|Δ|" t (bound (t + 1)) (slackAt (bound (t + 1)) (response.Path[t][i])) (abs u[i])
    ]

/// <summary>The steps of Adam.</summary>
[<RequireQualifiedAccess>]
module AdamLaws =

    open AdamParts

    /// <summary>
    /// R_t: the largest |Δ|/lr of bias-corrected Adam after t steps, over all gradients. At (0.9, 0.999) it tends to 7.27, not
    /// to the 3.16 of the paper.
    /// </summary>
    let largestStep (beta1: float) (beta2: float) (t: int) : float =
        let gamma = beta1 * beta1 / beta2

        (1.0 - beta1) / (1.0 - beta1 ** float t)
        * sqrt (geometric beta2 t * geometric gamma t)

    /// The same without bias correction: what the two corrections multiply is left out.
    let private largestUncorrected beta1 beta2 t =
        largestStep beta1 beta2 t * (1.0 - beta1 ** float t)
        / sqrt (1.0 - beta2 ** float t)

    let private stepBound =
        bound "((1−β1)/(1−β1^t)) √((1−β2^t)/(1−β2) · (1−γ^t)/(1−γ)), γ = β1²/β2" largestStep

    /// AD-1.
    let step =
        // A head without ε, and its bound.
        let heads: ((float -> float * float -> Optimizer) * (float -> float -> int -> float)) list = [
            (fun rate (b1, b2) -> adamWith (Adam(Beta1 = b1, Beta2 = b2, Epsilon = 0.0)) rate), stepBound.At
            (fun rate (b1, b2) -> amsGradWith (AmsGrad(Beta1 = b1, Beta2 = b2, Epsilon = 0.0)) rate), stepBound.At
            (fun rate (b1, b2) -> adamWith (Adam(Beta1 = b1, Beta2 = b2, Epsilon = 0.0, BiasCorrection = false)) rate),
            largestUncorrected
        ]

        let attaining =
            let tell ((head, largest), rate: float, (b1: float, b2: float), n: int) =
                // g_i = (β1/β2)^(t−i): Cauchy and Schwarz with equality at the last step.
                let sequence = {
                    Start = [| 0.0 |]
                    Gradients = Array.init n (fun i -> [| (b1 / b2) ** float (n - 1 - i) |])
                }

                let optimizer: Optimizer = head rate (b1, b2)

                $"Trajectory.feed ({optimizer}) {sequence}",
                fun subject ->
                    let response = Trajectory.feedOn subject optimizer sequence.Start sequence.Gradients
                    let bound = rate * largest b1 b2 n
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
                // AMSGrad's maximum is above v where gradients shrink.
                let! head = Gen.elements [ heads[0]; heads[2] ]
                let! rate = rates
                let! b1 = Draw.uniform 0.3 0.95
                let! b2 = Draw.uniform 0.3 0.999
                let! n = Gen.choose (1, 25)

                return
                    Case.over
                        (fun (head, rate, betas, n) -> Draw.shrinkCount 1 n |> Seq.map (fun n -> head, rate, betas, n))
                        tell
                        (head, rate, (b1, b2), n)
            }

        {
            Id = "AD-1"
            Name = "Adam: largest step"
            Statement = $"|Δ_t| ≤ lr {stepBound}"
            Assumptions =
                "any gradients, ε ≥ 0; also AMSGrad; without bias correction without 1−β1^t, 1−β2^t. The bound max(1, (1−β1)/√(1−β2)) of the Adam paper is false"
            Tightness = Attained "g_i = (β1/β2)^(t−i)"
            Source = own "Cauchy and Schwarz"
            Cases =
                (Gen.oneof [
                    Cases.feeds
                        sequences
                        (Gen.zip3 (Gen.elements heads) rates betas)
                        (fun ((head, _), rate, betas) -> head rate betas)
                        (fun ((_, largest), rate, (b1, b2)) sequence response ->
                            stepwise sequence response (fun t -> rate * largest b1 b2 t))
                    attaining
                ])
        }

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

        {
            Id = "AD-2"
            Name = "Adam: first step"
            Statement = "Δ_1 = lr g/(|g| + ε); without bias correction lr(1−β1)g/(√(1−β2)|g| + ε)"
            Assumptions = "any gradient"
            Tightness = Identity
            Source = source "Kingma and Ba" 2015 "Algorithm 1"
            Cases = Cases.feeds sequences settings build judge
        }

    /// AD-3.
    let constant = {
        Id = "AD-3"
        Name = "Adam: constant gradient"
        Statement = "Δ_t = lr sign(g) for every t"
        Assumptions = "g_t = g ≠ 0, ε = 0"
        Tightness = Identity
        Source = source "Kingma and Ba" 2015 "section 3"
        Cases =
            (Cases.sequences
                (Gen.map2
                    (fun n (sequence: GradientSequence) -> {
                        sequence with
                            Gradients = Array.replicate n sequence.Gradients[0]
                    })
                    (Gen.choose (1, 40))
                    (GradientSequence.dense 1 3))
                rates
                (fun rate -> string (adamWith (Adam(Epsilon = 0.0)) rate))
                (fun rate sequence subject ->
                    let g, n = sequence.Gradients[0], sequence.Steps

                    let response =
                        Trajectory.feedOn
                            subject
                            (adamWith (Adam(Epsilon = 0.0)) rate)
                            sequence.Start
                            sequence.Gradients

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
    }

    /// <summary>AD-1 … AD-3.</summary>
    let laws: Law list = [ step; first; constant ]
