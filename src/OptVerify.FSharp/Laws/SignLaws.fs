namespace OptVerify

open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Sign and normalised methods.</summary>
[<RequireQualifiedAccess>]
module SignLaws =

    let private sequences = GradientSequence.arbitrary 20 4
    let private rates = Draw.logUniform 1e-3 1.0

    /// SIGN-1.
    let exact =
        let settings =
            Gen.zip3 rates (Draw.uniform 0.0 1.0) (Gen.elements [ "sign"; "lion"; "lion0" ])

        let build (rate, wd, head) : Optimizer =
            match head with
            | "sign" -> signSgd rate |> weightDecay wd
            | "lion" -> lion rate |> weightDecay wd
            | _ -> lionWith (Lion(Beta1 = 0.0, Beta2 = 0.0)) rate |> weightDecay wd

        {
            Id = "SIGN-1"
            Name = "sign steps have length lr or 0"
            Statement = "Δ_i + lr λ x_i = −lr sign(g_i), sign(0) = 0; for Lion in {−lr, 0, lr}"
            Assumptions = "any gradients; decoupled decay λ"
            Tightness = Identity
            Source = source "Bernstein et al." 2018 "Algorithm 1; Chen et al. 2024"
            Cases =
                (Cases.feeds sequences settings build (fun (rate, wd, head) sequence response -> [
                    for t in 0 .. sequence.Steps - 1 do
                        let u = response.Update t

                        for i in 0 .. sequence.Dimension - 1 do
                            let x, g = (response.Path[t][i]), (sequence.Gradients[t][i])
                            let moved = u[i] - rate * wd * x
                            let slack = 8.0 * Vec.eps * (abs x + rate)

                            if head = "lion" then
                                let nearest = rate * System.Math.Round(moved / rate)
                                Finding.equal "Δ + lr λ x" t (max -rate (min rate nearest)) slack moved
                            else
                                Finding.equal "Δ + lr λ x" t (rate * float (sign g)) slack moved
                ]))
        }

    let private smoothQuadratics = Quadratics.stronglyConvex

    let private sumBound =
        bound "(f_0−f*)/(ηN) + η‖ℓ‖₁/2" (fun lengths gap eta N -> gap / (eta * N) + eta * lengths / 2.0)

    /// SIGN-2 of a run of plain sign steps.
    let internal judgeDescent (rate: float) (run: Trajectory) =
        // ½ dᵀHd ≤ (L/2)‖d‖² = (η²/2) d L for a sign step.
        let lengths = run.Problem.Smoothness * float run.Problem.Dimension
        let bound = sumBound.At lengths (run.Gap 0) rate (float run.Steps)

        let least =
            Seq.min (seq { for k in 0 .. run.Steps - 1 -> Vec.norm1 run.Gradients[k] })

        Finding.atMost "min ‖g‖₁" run.Steps bound (1e-11 * bound) least
        :: Cases.everyUpdate run (fun k ->
            let drop = rate * Vec.norm1 run.Gradients[k]
            let rise = rate * rate / 2.0 * lengths

            Finding.atMost
                "f⁺"
                k
                (run.Values[k] - drop + rise)
                (1e-12 * (run.Values[k] + drop + rise) + 16.0 * Slack.stepGap run k)
                run.Values[k + 1])

    /// SIGN-2.
    let descent = {
        Id = "SIGN-2"
        Name = "sign descent on smooth functions"
        Statement = $"f_{{k+1}} ≤ f_k − η‖g_k‖₁ + (η²/2)‖ℓ‖₁, ℓ ≤ d L; min ‖g‖₁ ≤ {sumBound}"
        Assumptions = "full batch; f(y) ≤ f(x) + ⟨g,d⟩ + ½Σℓ_i d_i²"
        Tightness = Valid
        Source = source "Bernstein et al." 2018 "Theorem 1, the deterministic part"
        Cases = Cases.runs 40 smoothQuadratics rates (fun _ rate _ -> signSgd rate) judgeDescent
    }

    let private smallestBound =
        bound "(f_0−f*)/(ηN) + Lη/2" (fun L gap eta N -> gap / (eta * N) + L * eta / 2.0)

    /// NGD-1 of a run of normalised steps.
    let internal judgeNormalised (rate: float) (run: Trajectory) =
        let bound =
            smallestBound.At run.Problem.Smoothness (run.Gap 0) rate (float run.Steps)

        let least = Seq.min (seq { for k in 0 .. run.Steps - 1 -> run.NormAt k })

        Finding.atMost "min ‖g‖" run.Steps bound (1e-11 * bound) least
        :: Cases.everyUpdate run (fun k ->
            Finding.equal
                "‖Δ‖"
                k
                (if run.NormAt k = 0.0 then 0.0 else rate)
                (16.0 * Vec.eps * (Vec.norm run.Points[k] + rate))
                (Vec.norm (run.Update k)))

    /// NGD-1.
    let normalised = {
        Id = "NGD-1"
        Name = "normalised gradient descent"
        Statement = $"‖Δ‖ = η; min ‖g‖ ≤ {smallestBound}"
        Assumptions = "f L-smooth; g/‖g‖, ε = 0"
        Tightness = Valid
        Source = source "Nesterov" 1984 "normalised steps; U-1 with ‖u‖ = η"
        Cases =
            (Cases.runs
                40
                Nonconvex.bounded
                rates
                (fun _ rate _ -> sgd rate |> normalizeWith (Normalize(Epsilon = 0.0)))
                judgeNormalised)
    }

    /// LARS.
    let layerwise =
        let layout = Layout.Empty.Add("a", 2).Add("b", 3)

        // With its share c, and the length of a step where a norm is 0, in units of the gradient's.
        let kinds = [
            sgd >> trustRatio, 1.0, 1.0
            larsWith (Lars(0.0, Momentum = 0.0, Coefficient = 0.5)), 0.5, 1.0
        ]

        let tell ((head: float -> Optimizer, share, alone), rate: float, start: float[], gradient: float[]) =
            let optimizer = head rate

            $"Trajectory.steps (({optimizer}).Plan<float>({Code.layout layout})) {Code.array start} {Code.arrays [| gradient |]} [| nan |]",
            fun (subject: Subject) ->
                let update =
                    (Trajectory.stepsOn subject (subject.Plan(optimizer, layout)) start [| gradient |] [| nan |]).Update
                        0

                [
                    for name, (first, last) in [ "a", (0, 1); "b", (2, 4) ] do
                        let p, g, u =
                            Vec.norm start[first..last], Vec.norm gradient[first..last], Vec.norm update[first..last]

                        let expected =
                            if p = 0.0 || g = 0.0 then
                                rate * alone * g
                            else
                                rate * share * p

                        Finding.equal $"‖Δ‖ of {name}" 0 expected (16.0 * Vec.eps * (expected + p)) u
                ]

        {
            Id = "LARS"
            Name = "layer-wise trust ratio"
            Statement = "‖Δ_layer‖ = lr c ‖p_layer‖ for every tensor; lr ‖u‖ where a norm is 0"
            Assumptions = "trustRatio, c = 1; lars without momentum and decay"
            Tightness = Identity
            Source = source "You et al." 2020 "Algorithm 2"
            Cases = gen {
                let! kind = Gen.elements kinds
                let! rate = rates

                let! start =
                    Gen.oneof [
                        Gen.arrayOfLength 5 Draw.normal
                        Gen.map (fun x -> [| 0.0; 0.0; x; 1.0; 2.0 |]) Draw.normal
                    ]

                let! gradient = Gen.arrayOfLength 5 Draw.normal

                let shrink (kind, rate, start, gradient) =
                    Draw.shrinkVector gradient
                    |> Seq.map (fun gradient -> kind, rate, start, gradient)

                return Case.over shrink tell (kind, rate, start, gradient)
            }
        }

    /// <summary>SIGN-1, SIGN-2, NGD-1, LARS.</summary>
    let laws: Law list = [ exact; descent; normalised; layerwise ]
