namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// What the laws of these files share.
module internal EquivalenceParts =

    let sequences = GradientSequence.arbitrary 25 4
    let rates = Draw.logUniform 1e-3 0.5
    let betas = Draw.uniform 0.0 0.95

    let size (sequence: GradientSequence) (response: Response) =
        (response.Path |> Array.map Vec.norm |> Array.max) + Vec.norm sequence.Start

    let compare
        judge
        id
        name
        statement
        assumptions
        source
        settings
        (build: 's -> Optimizer * Optimizer)
        (wanted: Gen<GradientSequence>)
        =
        law
            id
            name
            statement
            assumptions
            Identity
            source
            (Cases.sequences
                wanted
                settings
                (fun setting -> let left, right = build setting in $"{left} /* and {right} */")
                (fun setting sequence machine ->
                    let left, right = build setting
                    let a = Trajectory.feedOn machine left sequence.Start sequence.Gradients
                    let b = Trajectory.feedOn machine right sequence.Start sequence.Gradients
                    judge left right sequence a b))

    let sameBits id name statement assumptions source settings build =
        compare
            (fun left right (sequence: GradientSequence) (a: Response) (b: Response) -> [
                for k in 1 .. sequence.Steps -> Finding.sameBits $"{left} against {right}" k a.Path[k] b.Path[k]
            ])
            id
            name
            statement
            assumptions
            source
            settings
            build
            sequences

    let close id name statement assumptions source settings build =
        compare
            (fun left right sequence a b -> [
                for k in 1 .. sequence.Steps ->
                    Finding.close
                        $"{left} against {right}"
                        k
                        (size sequence a + size sequence b)
                        1e-12
                        a.Path[k]
                        b.Path[k]
            ])
            id
            name
            statement
            assumptions
            source
            settings
            build
            sequences

/// <summary>Two pipelines that are one method.</summary>
[<RequireQualifiedAccess>]
module Equivalences =

    open EquivalenceParts

    /// EQ-1.
    let heavyBall =
        let settings = Gen.zip3 rates betas (Gen.elements [ true; false ])

        let judge (rate, b, scheduled) (sequence: GradientSequence) (machine: Machine) =
            let words = if scheduled then cosine 60 else id

            let eta t =
                if scheduled then
                    rate * Schedule.cosine(60).At(int64 t)
                else
                    rate

            let expected ratio =
                let path = Array.create (sequence.Steps + 1) sequence.Start

                for k in 0 .. sequence.Steps - 1 do
                    let inertia =
                        if k = 0 then
                            Vec.zero sequence.Dimension
                        else
                            Vec.scale (ratio k) (Vec.sub path[k] path[k - 1])

                    path[k + 1] <- Vec.add (Vec.sub path[k] (Vec.scale (eta k) sequence.Gradients[k])) inertia

                Array.last path

            let torch =
                Trajectory.feedOn machine (sgd rate |> momentum b |> words) sequence.Start sequence.Gradients

            let keras =
                Trajectory.feedOn machine (sgd rate |> velocity b |> words) sequence.Start sequence.Gradients

            [
                Finding.close
                    "momentum"
                    sequence.Steps
                    (size sequence torch * float sequence.Steps)
                    1e-12
                    (expected (fun k -> b * eta k / eta (k - 1)))
                    torch.Last
                Finding.close
                    "velocity"
                    sequence.Steps
                    (size sequence keras * float sequence.Steps)
                    1e-12
                    (expected (fun _ -> b))
                    keras.Last
            ]

        law
            "EQ-1"
            "momentum is Polyak's heavy ball"
            "x_{k+1} = x_k − η_k g_k + β(η_k/η_{k−1})(x_k−x_{k−1}); velocity has plain β: they differ under schedules"
            "any gradients, any rates > 0"
            Identity
            (source "Polyak" 1964 "; Sutskever et al. 2013")
            (Cases.sequences sequences settings (fun (rate, b, _) -> string (sgd rate |> momentum b)) judge)

    /// EQ-2.
    let averaged =
        close
            "EQ-2"
            "averaged gradients are momentum of another rate"
            "ema β at lr/(1−β) = momentum β at lr; dampening τ: as lr(1−τ) from v_{−1} = τ g_0/β"
            "constant lr"
            (own "by definition")
            (Gen.zip rates betas)
            (fun (rate, b) -> sgd rate |> momentum b, sgd (rate / (1.0 - b)) |> ema b)

    let private dampened =
        Cases.feeds
            sequences
            (Gen.zip3 rates betas (Draw.uniform 0.0 1.0))
            (fun (rate, b, tau) -> sgd rate |> momentumWith (Momentum(b, Dampening = tau)))
            (fun (rate, b, tau) sequence response ->
                let mutable v, x = sequence.Gradients[0], sequence.Start

                for k in 0 .. sequence.Steps - 1 do
                    if k > 0 then
                        v <- Vec.add (Vec.scale b v) (Vec.scale (1.0 - tau) sequence.Gradients[k])

                    x <- Vec.sub x (Vec.scale rate v)

                [
                    Finding.close "dampened" sequence.Steps (size sequence response) 1e-12 x response.Last
                ])

    /// EQ-3.
    let lookAhead =
        law
            "EQ-3"
            "nesterov stores the points at which nag looks"
            "p_k of nesterov = θ_k − ηβv_k of nag"
            "constant lr, gradients of one function"
            Identity
            (source "Sutskever et al." 2013 "section 2")
            (Cases.runs
                20
                Pools.stronglyConvex
                (Gen.zip (Draw.inside 0.0 1.0) betas)
                (fun problem (h, b) _ -> sgd (h / problem.Smoothness) |> nag b)
                (fun (h, b) run ->
                    let stored =
                        Trajectory.run (sgd (h / run.Problem.Smoothness) |> nesterov b) run.Problem run.Steps

                    let scale = Vec.norm run.Problem.Start + run.Problem.Distance

                    [
                        for k in 0 .. run.Steps ->
                            Finding.close
                                "look-ahead point"
                                k
                                scale
                                (1e-12 * float (k + 1))
                                stored.Points[k]
                                (run.States[k].Plan.Point run.States[k])
                    ]))

    /// EQ-4.
    let zeroMomentum =
        sameBits
            "EQ-4"
            "momentum 0 is sgd"
            "momentum 0, nesterov 0, ema 0 and velocity 0 change nothing"
            "bit for bit"
            (own "by definition")
            (Gen.zip rates (Gen.elements [ momentum 0.0; nesterov 0.0; ema 0.0 ]))
            (fun (rate, words) -> sgd rate, sgd rate |> words)

    /// EQ-5.
    let adamIsSign =
        sameBits
            "EQ-5"
            "Adam without memory is signSgd"
            "adam β1 = β2 = ε = 0 = signSgd"
            "bit for bit"
            (own "√(g²) = |g|")
            rates
            (fun rate -> adamWith (Adam(Beta1 = 0.0, Beta2 = 0.0, Epsilon = 0.0)) rate, signSgd rate)

    /// EQ-6.
    let noDecay =
        sameBits
            "EQ-6"
            "decay 0 is no decay"
            "adamW 0 = adam = adam |> l2 0"
            "bit for bit"
            (own "by definition")
            (Gen.zip rates (Gen.elements [ weightDecay 0.0; l2 0.0; l1 0.0 ]))
            (fun (rate, words) -> adam rate, adam rate |> words)

    /// EQ-7.
    let rmsIsAdam =
        close
            "EQ-7"
            "RMSProp with bias correction is Adam with β1 = 0"
            "rmsProp(α, corrected) = adam(0, α)"
            "any gradients"
            (own "by definition")
            (Gen.zip rates (Draw.uniform 0.1 0.99))
            (fun (rate, a) ->
                rmsPropWith (RmsProp(Decay = a, BiasCorrection = true)) rate,
                adamWith (Adam(Beta1 = 0.0, Beta2 = a)) rate)

    /// EQ-8.
    let decays =
        let equal =
            close
                "EQ-8"
                "coupled and decoupled decay agree for sgd, and only there"
                "l2 λ = weightDecay λ for plain sgd; with momentum they differ"
                "any gradients"
                (source "Loshchilov and Hutter" 2019 "Proposition 1")
                (Gen.zip rates (Draw.logUniform 1e-3 1.0))
                (fun (rate, wd) -> sgd rate |> l2 wd, sgd rate |> weightDecay wd)

        let differ =
            Trial.fixedCase
                "Trajectory.feed (sgd 0.1 |> l2 0.5 |> momentum 0.9) [| 1.0 |] (Array.replicate 5 [| 1.0 |]) /* and weightDecay 0.5 */"
                (fun machine ->
                    let feed words =
                        (Trajectory.feedOn
                            machine
                            (sgd 0.1 |> momentum 0.9 |> words)
                            [| 1.0 |]
                            (Array.replicate 5 [| 1.0 |]))
                            .Last[0]

                    [
                        Finding.holds
                            "l2 and weightDecay differ under momentum"
                            5
                            (abs (feed (l2 0.5) - feed (weightDecay 0.5)) > 1e-3)
                    ])

        {
            equal with
                Trials = Gen.frequency [ 9, equal.Trials; 1, Gen.constant differ ]
        }

    /// EQ-9.
    let amsGrad =
        compare
            (fun left right (sequence: GradientSequence) (a: Response) (b: Response) -> [
                Finding.sameBits $"{left} against {right}" sequence.Steps a.Last b.Last
            ])
            "EQ-9"
            "AMSGrad is Adam while v does not decrease"
            "w = max(w, v) = v"
            "|g_t| growing, bit for bit"
            (source "Reddi, Kale and Kumar" 2018 "section 4")
            rates
            (fun rate -> adam rate, OptDsl.HeadWords.amsGrad rate)
            (sequences
             |> Gen.map (fun s -> {
                 s with
                     Gradients =
                         s.Gradients
                         |> Array.mapi (fun t g ->
                             g
                             |> Array.mapi (fun i _ ->
                                 (if i % 2 = 0 then 1.0 else -1.0) * (1.0 + float i) * 1.1 ** float t))
             }))

    /// <summary>EQ-1 … EQ-9.</summary>
    let laws: Law list = [
        heavyBall
        {
            averaged with
                Trials = Gen.oneof [ averaged.Trials; dampened ]
        }
        lookAhead
        zeroMomentum
        adamIsSign
        noDecay
        rmsIsAdam
        decays
        amsGrad
    ]
