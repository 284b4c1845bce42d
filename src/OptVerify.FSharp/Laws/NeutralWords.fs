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

    /// <summary>EQ-11, EQ-12, EQ-14, EQ-16 … EQ-18.</summary>
    let laws: Law list = [
        noSharpness
        noClip
        primalAveraging
        scales
        constantSchedule
        declarationOrder
    ]
