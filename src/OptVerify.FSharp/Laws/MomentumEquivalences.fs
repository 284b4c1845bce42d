namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// What the laws of these files share.
module internal EquivalenceParts =

    /// A quarter of them is wider than every vector register.
    let sequences =
        Gen.frequency [ 3, GradientSequence.arbitrary 25 4; 1, GradientSequence.arbitrary 6 70 ]

    let rates = Draw.logUniform 1e-3 0.5
    let betas = Draw.uniform 0.0 0.95

    let size (sequence: GradientSequence) (response: Response) =
        (response.Path |> Array.map Vec.norm |> Array.max) + Vec.norm sequence.Start

    let private compared judge settings (build: 's -> Optimizer * Optimizer) =
        Cases.twins
            sequences
            settings
            (fun setting sequence -> let left, right = build setting in left, (right, sequence))
            (fun _ sequence a b -> judge sequence a b)

    /// Two pipelines that give the same bits.
    let sameBits settings build =
        compared
            (fun sequence a b -> [
                for k in 1 .. sequence.Steps -> Finding.sameBits "the second pipeline's p" k a.Path[k] b.Path[k]
            ])
            settings
            build

    /// Two pipelines that give the same up to rounding.
    let close settings build =
        compared
            (fun sequence a b -> [
                for k in 1 .. sequence.Steps ->
                    Finding.close
                        "the second pipeline's p"
                        k
                        (size sequence a + size sequence b)
                        1e-12
                        a.Path[k]
                        b.Path[k]
            ])
            settings
            build

/// <summary>The forms of momentum.</summary>
[<RequireQualifiedAccess>]
module MomentumEquivalences =

    open EquivalenceParts

    /// EQ-1.
    let heavyBall =
        let settings = Gen.zip3 rates betas (Gen.elements [ true; false ])

        let build (rate, b, scheduled) sequence =
            let words = if scheduled then cosine 60 else id
            sgd rate |> momentum b |> words, (sgd rate |> velocity b |> words, sequence)

        let judge (rate, b, scheduled) (sequence: GradientSequence) torch keras =
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

            let agrees what ratio (response: Response) =
                Finding.close
                    what
                    sequence.Steps
                    (size sequence response * float sequence.Steps)
                    1e-12
                    (expected ratio)
                    response.Last

            [
                agrees "momentum" (fun k -> b * eta k / eta (k - 1)) torch
                agrees "velocity" (fun _ -> b) keras
            ]

        {
            Id = "EQ-1"
            Name = "momentum is Polyak's heavy ball"
            Statement =
                "x_{k+1} = x_k − η_k g_k + β(η_k/η_{k−1})(x_k−x_{k−1}); velocity has plain β: they differ under schedules"
            Assumptions = "any gradients, any rates > 0"
            Tightness = Identity
            Source = source "Polyak 1964; Sutskever et al." 2013 "section 2"
            Cases = Cases.twins sequences settings build judge
        }

    // v_t = β v_{t−1} + (1−τ) g_t, but v_0 = g_0.
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

    /// EQ-2.
    let averaged = {
        Id = "EQ-2"
        Name = "averaged gradients are momentum of another rate"
        Statement = "ema β at lr/(1−β) = momentum β at lr; dampening τ: as lr(1−τ) from v_{−1} = τ g_0/β"
        Assumptions = "constant lr"
        Tightness = Identity
        Source = own "by definition"
        Cases =
            Gen.oneof [
                close (Gen.zip rates betas) (fun (rate, b) -> sgd rate |> momentum b, sgd (rate / (1.0 - b)) |> ema b)
                dampened
            ]
    }

    // y_{k+1} = x_{k+1} + β(x_{k+1} − x_k), x_{k+1} = y_k − η g_k.
    let private textbook =
        Cases.feeds
            sequences
            (Gen.zip rates betas)
            (fun (rate, b) -> sgd rate |> nesterov b)
            (fun (rate, b) sequence response ->
                let mutable x, y = sequence.Start, sequence.Start

                for g in sequence.Gradients do
                    let next = Vec.sub y (Vec.scale rate g)
                    y <- Vec.add next (Vec.scale b (Vec.sub next x))
                    x <- next

                [
                    Finding.close
                        "the textbook's y"
                        sequence.Steps
                        (size sequence response / (1.0 - b))
                        1e-12
                        y
                        response.Last
                ])

    /// EQ-3.
    let lookAhead =
        let stored =
            Cases.runs
                20
                ProblemDraws.stronglyConvex
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
                    ])

        {
            Id = "EQ-3"
            Name = "nesterov stores the points at which nag looks"
            Statement = "p_k of nesterov = θ_k − ηβv_k of nag = y_k of the textbook, y = x⁺ + β(x⁺ − x), x⁺ = y − ηg"
            Assumptions = "constant lr; nag: gradients of one function"
            Tightness = Identity
            Source = source "Sutskever et al." 2013 "section 2"
            Cases = Gen.oneof [ stored; textbook ]
        }

    /// <summary>EQ-1 … EQ-3.</summary>
    let laws: Law list = [ heavyBall; averaged; lookAhead ]
