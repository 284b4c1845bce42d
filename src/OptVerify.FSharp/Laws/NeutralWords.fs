namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Words that change nothing, and orders that do not matter.</summary>
[<RequireQualifiedAccess>]
module NeutralWords =

    open EquivalenceParts

    let private two (k: int) = System.Math.ScaleB(1.0, k)
    let private exponents = Gen.choose (-5, 5)

    /// EQ-11.
    let noSharpness =
        let build (problem: Problem) rate (_: int) =
            sgd (rate / problem.Smoothness) |> momentum 0.5

        {
            Id = "EQ-11"
            Name = "sam 0 is its base"
            Statement = "sam 0 changes nothing"
            Assumptions = "bit for bit"
            Tightness = Identity
            Source = own "by definition"
            Cases =
                Cases.runs
                    15
                    ProblemDraws.stronglyConvex
                    rates
                    (fun problem rate n -> build problem rate n |> sam 0.0)
                    (fun rate run ->
                        let plain = Trajectory.run (build run.Problem rate run.Steps) run.Problem run.Steps

                        [
                            Finding.sameBits "p under sam 0" run.Steps plain.Points[run.Steps] run.Points[run.Steps]
                        ])
        }

    /// EQ-12.
    let noClip =
        let clips = [ clip; clipValue; clipPerTensor; clipAdaptive; clipUpdate ]

        {
            Id = "EQ-12"
            Name = "an infinite threshold clips nothing"
            Statement = "clip ∞ = clipValue ∞ = clipPerTensor ∞ = clipAdaptive ∞ = clipUpdate ∞ = identity"
            Assumptions = "bit for bit"
            Tightness = Identity
            Source = own "by definition"
            Cases =
                sameBits (Gen.zip rates (Gen.elements clips)) (fun (rate, clip) ->
                    sgd rate |> momentum 0.9, sgd rate |> momentum 0.9 |> clip infinity)
        }

    /// EQ-14.
    let primalAveraging = {
        Id = "EQ-14"
        Name = "momentum is primal averaging"
        Statement = "z⁺ = z − lr/(1−β) g, x⁺ = βx + (1−β)z⁺"
        Assumptions = "constant lr"
        Tightness = Identity
        Source = source "Defazio" 2020 "momentum via primal averaging"
        Cases =
            Cases.feeds
                sequences
                (Gen.zip rates (Draw.uniform 0.0 0.9))
                (fun (rate, b) -> sgd rate |> momentum b)
                (fun (rate, b) sequence response ->
                    let mutable z, x = sequence.Start, sequence.Start

                    for g in sequence.Gradients do
                        z <- Vec.sub z (Vec.scale (rate / (1.0 - b)) g)
                        x <- Vec.add (Vec.scale b x) (Vec.scale (1.0 - b) z)

                    [
                        Finding.close "x" sequence.Steps (size sequence response + Vec.norm z) 1e-12 x response.Last
                    ])
    }

    /// EQ-16.
    let scales = {
        Id = "EQ-16"
        Name = "scales multiply"
        Statement = "scale a |> scale c = scale (a c), and the rate times a"
        Assumptions = "bit for bit for powers of two"
        Tightness = Identity
        Source = own "by definition"
        Cases =
            Gen.oneof [
                sameBits (Gen.zip3 rates exponents exponents) (fun (rate, i, j) ->
                    sgd rate |> scale (two i) |> scale (two j), sgd (rate * two (i + j)))
                close (Gen.zip3 rates (Draw.logUniform 1e-3 1e3) (Draw.logUniform 1e-3 1e3)) (fun (rate, a, c) ->
                    sgd rate |> scale a |> scale c, sgd rate |> scale (a * c))
            ]
    }

    /// EQ-17.
    let constantSchedule =
        let heads = [ sgd >> momentum 0.9; adam; lion >> weightDecay 0.1 ]

        {
            Id = "EQ-17"
            Name = "a constant schedule is a rate"
            Statement = "constant 1 changes nothing; constant 2^k multiplies the rate"
            Assumptions = "bit for bit"
            Tightness = Identity
            Source = own "by definition"
            Cases =
                sameBits (Gen.zip3 rates (Gen.elements heads) exponents) (fun (rate, head: float -> Optimizer, k) ->
                    head rate |> constant (two k), head (rate * two k))
        }

    /// EQ-18.
    let declarationOrder =
        let words = [| clip 1.0; momentum 0.9; cosine 30; weightDecay 0.1; l2 0.01; average 0.9 |]

        {
            Id = "EQ-18"
            Name = "words of different phases commute"
            Statement = "any order of clip, l2, momentum, weightDecay, average and cosine is one optimizer"
            Assumptions = "bit for bit"
            Tightness = Identity
            Source = own "the phases decide"
            Cases =
                sameBits (Gen.zip rates (Gen.shuffle words)) (fun (rate, shuffled) ->
                    (sgd rate, words) ||> Array.fold (fun optimizer word -> word optimizer),
                    (sgd rate, shuffled) ||> Array.fold (fun optimizer word -> word optimizer))
        }

    /// EQ-22.
    let scaledLoss =
        let heads = [
            sgd >> momentum 0.9
            sgd >> clip 0.5
            sgd >> ascend
            adam
            lion >> weightDecay 0.1
            sgd >> onlyWhen (GradientAtMost 2.0) (momentum 0.5)
        ]

        // The scale before each gradient: doubled after `every` in a row that are finite, halved after each that is not.
        let scales (start: float) every (gradients: float[][]) =
            ((start, 0), gradients)
            ||> Array.scan (fun (scale, good) gradient ->
                if not (Array.forall System.Double.IsFinite gradient) then
                    max 1.0 (scale / 2.0), 0
                elif good + 1 = every then
                    2.0 * scale, 0
                else
                    scale, good + 1)
            |> Array.map fst

        let build (rate, head: float -> Optimizer, start, every) =
            head rate |> lossScaleWith (LossScale(Initial = start, Every = every))

        let judge (rate, head: float -> Optimizer, start, every) (sequence: GradientSequence) (subject: Subject) =
            // Every fourth gradient has an infinity, which the plain run never sees.
            let gradients =
                sequence.Gradients
                |> Array.mapi (fun t g -> if t % 4 = 3 then Array.updateAt 0 infinity g else g)

            let scales = scales start every gradients

            let scaled = Array.map2 Vec.scale (Array.truncate gradients.Length scales) gradients

            let optimizer = build (rate, head, start, every)
            let response = Trajectory.feedOn subject optimizer sequence.Start scaled
            let finite = gradients |> Array.filter (Array.forall System.Double.IsFinite)
            let plain = Trajectory.feed (head rate) sequence.Start finite

            [
                Finding.sameBits "p" sequence.Steps plain.Last response.Last
                Finding.holds
                    "t counts the finite gradients"
                    sequence.Steps
                    ((Array.last response.Trail).Step = int64 finite.Length)
            ]

        {
            Id = "EQ-22"
            Name = "a scaled loss is the loss"
            Statement = "lossScale on S_t g_t = without on g_t; gradients that are not finite are left out"
            Assumptions = "powers of two; bit for bit"
            Tightness = Identity
            Source = own "S g/S = g where S g is finite"
            Cases =
                Cases.sequences
                    sequences
                    (Gen.zip
                        (Gen.zip rates (Gen.elements heads))
                        (Gen.zip (Gen.elements [ 1.0; 4.0; 65536.0 ]) (Gen.choose (1, 4)))
                     |> Gen.map (fun ((rate, head), (start, every)) -> rate, head, start, every))
                    (fun setting -> string (build setting))
                    judge
        }

    /// <summary>EQ-11, EQ-12, EQ-14, EQ-16 … EQ-18, EQ-22.</summary>
    let laws: Law list = [
        noSharpness
        noClip
        primalAveraging
        scales
        constantSchedule
        declarationOrder
        scaledLoss
    ]
