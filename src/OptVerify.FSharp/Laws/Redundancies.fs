namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Words that change nothing, and orders that do not matter.</summary>
[<RequireQualifiedAccess>]
module Redundancies =

    open EquivalenceParts

    /// EQ-11.
    let noSharpness =
        law
            "EQ-11"
            "sam 0 is its base"
            "sam 0 changes nothing"
            "bit for bit"
            Identity
            (own "by definition")
            (Cases.runs
                15
                Pools.stronglyConvex
                rates
                (fun problem rate _ -> sgd (rate / problem.Smoothness) |> momentum 0.5 |> sam 0.0)
                (fun rate run ->
                    let plain =
                        Trajectory.run (sgd (rate / run.Problem.Smoothness) |> momentum 0.5) run.Problem run.Steps

                    [
                        Finding.sameBits "sam 0" run.Steps plain.Points[run.Steps] run.Points[run.Steps]
                    ]))

    /// EQ-12.
    let noClip =
        sameBits
            "EQ-12"
            "an infinite threshold clips nothing"
            "clip ∞ = clipValue ∞ = clipUpdate ∞ = identity"
            "bit for bit"
            (own "by definition")
            (Gen.zip rates (Gen.elements [ clip infinity; clipValue infinity; clipUpdate infinity ]))
            (fun (rate, words) -> sgd rate |> momentum 0.9, sgd rate |> momentum 0.9 |> words)

    /// EQ-14.
    let primalAveraging =
        law
            "EQ-14"
            "momentum is primal averaging"
            "z⁺ = z − lr/(1−β) g, x⁺ = βx + (1−β)z⁺"
            "constant lr"
            Identity
            (source "Defazio" 2020 "momentum via primal averaging")
            (Cases.feeds
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
                    ]))

    /// EQ-16.
    let scales =
        sameBits
            "EQ-16"
            "scales multiply"
            "scale a |> scale c = scale (a c), and the rate times a"
            "bit for bit for powers of two"
            (own "by definition")
            (Gen.zip3 rates (Gen.choose (-5, 5)) (Gen.choose (-5, 5)))
            (fun (rate, i, j) ->
                let two (k: int) = System.Math.ScaleB(1.0, k)
                sgd rate |> scale (two i) |> scale (two j), sgd (rate * two (i + j)))

    /// EQ-17.
    let constantSchedule =
        sameBits
            "EQ-17"
            "a constant schedule is a rate"
            "constant 1 changes nothing; constant 2^k multiplies the rate"
            "bit for bit"
            (own "by definition")
            (Gen.zip rates (Gen.choose (-5, 5)))
            (fun (rate, k) ->
                let factor = System.Math.ScaleB(1.0, k)
                sgd rate |> momentum 0.9 |> constant factor, sgd (rate * factor) |> momentum 0.9)

    /// EQ-18.
    let declarationOrder =
        let words = [| clip 1.0; momentum 0.9; cosine 30; weightDecay 0.1; l2 0.01; average 0.9 |]

        sameBits
            "EQ-18"
            "words of different phases commute"
            "any order of clip, l2, momentum, weightDecay, average and cosine is one optimizer"
            "bit for bit"
            (own "the phases decide")
            (Gen.zip rates (Gen.shuffle words))
            (fun (rate, shuffled) ->
                (sgd rate, words) ||> Array.fold (fun optimizer word -> word optimizer),
                (sgd rate, shuffled) ||> Array.fold (fun optimizer word -> word optimizer))

    /// <summary>EQ-11, EQ-12, EQ-14, EQ-16 … EQ-18.</summary>
    let laws: Law list = [
        noSharpness
        noClip
        primalAveraging
        scales
        constantSchedule
        declarationOrder
    ]
