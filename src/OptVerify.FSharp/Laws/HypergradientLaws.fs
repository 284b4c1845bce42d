namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Rates that learn from their own gradient.</summary>
[<RequireQualifiedAccess>]
module HypergradientLaws =

    open EquivalenceParts

    /// HD-1.
    let slope =
        let heads = [ sgd; sgd >> momentum 0.5; sgd >> l2 0.0 >> nesterov 0.5; adam ]

        let settings =
            Gen.zip3 (Draw.uniform 0.05 0.5) (Draw.logUniform 1e-3 0.5) (Gen.elements heads)

        let beta (problem: Problem) learning =
            let _, gradient = problem.At problem.Start
            learning / (1e-3 + Vec.dot gradient gradient)

        let words (problem: Problem) learning =
            hypergradientWith (Hypergradient(beta problem learning, Maximum = 2.0))

        let build (problem: Problem) (factor, learning, head) (_: int) =
            head (factor / problem.Smoothness) |> words problem learning

        // A quadratic has at b the slope (f(b + e) − f(b − e))/2e, for every e: here e is the step that led to b.
        let judge (_, learning, _) (run: Trajectory) =
            let c k =
                (run.States[k].Numbers "hypergradient.factor")[0]

            [
                for k in 1 .. run.Steps - 1 do
                    let step = run.Rates[k - 1] * c k

                    if step > 0.0 then
                        let before, now = run.Points[k - 1], run.Points[k]
                        let beyond, _ = run.Problem.At(Vec.sub (Vec.scale 2.0 now) before)
                        let strength = beta run.Problem learning / (2.0 * step)

                        let values =
                            1e-13 * (abs beyond + abs run.Values[k - 1] + abs run.Problem.Minimum)
                            + 32.0
                              * Vec.eps
                              * (Vec.norm before + Vec.norm now)
                              * (Vec.norm run.Gradients[k - 1] + Vec.norm run.Gradients[k])

                        Finding.equal
                            "c"
                            k
                            (c k - strength * (beyond - run.Values[k - 1]) |> max 0.0 |> min 2.0)
                            (1e-14 + strength * values)
                            (c (k + 1))
            ]

        {
            Id = "HD-1"
            Name = "the factor goes down the slope of the loss"
            Statement =
                "c⁺ = c − β φ'(ηc), φ(s) = f(p_{k−1} − s u_{k−1}); φ' as a difference of losses, exact on quadratics"
            Assumptions = "f quadratic, any direction"
            Tightness = Identity
            Source = source "Baydin et al." 2018 "section 2"
            Cases = Cases.runs 12 Quadratics.stronglyConvex settings build judge
        }

    /// HD-2.
    let nothingLearned =
        let learners = [
            hypergradient 0.0
            hypergradientWith (Hypergradient(0.0, Multiplicative = true))
        ]

        {
            Id = "HD-2"
            Name = "a factor that does not learn"
            Statement = "hypergradient 0 changes nothing, in both forms"
            Assumptions = "bit for bit"
            Tightness = Identity
            Source = own "by definition"
            Cases =
                sameBits (Gen.zip rates (Gen.elements learners)) (fun (rate, words) ->
                    sgd rate |> momentum 0.9, sgd rate |> momentum 0.9 |> words)
        }

    /// HD-3.
    let cosines =
        let learned beta rate =
            sgd rate |> hypergradientWith (Hypergradient(beta, Multiplicative = true))

        let times (k: int) (sequence: GradientSequence) = {
            sequence with
                Gradients = sequence.Gradients |> Array.map (Array.map (fun g -> System.Math.ScaleB(g, k)))
        }

        {
            Id = "HD-3"
            Name = "the multiplicative factor has no unit"
            Statement = "gradients times 2^k at 2^−k of the rate change nothing, bit for bit; (1−β)^k ≤ c ≤ (1+β)^k"
            Assumptions = "any gradients, β < 1"
            Tightness = Identity
            Source = source "Baydin et al." 2018 "the multiplicative rule"
            Cases =
                Cases.twins
                    sequences
                    (Gen.zip3 rates (Draw.uniform 0.0 0.99) (Gen.choose (-30, 30)))
                    (fun (rate, beta, k) sequence ->
                        learned beta rate, (learned beta (System.Math.ScaleB(rate, -k)), times k sequence))
                    (fun (_, beta, _) sequence a b -> [
                        Finding.sameBits "p" sequence.Steps a.Last b.Last

                        for k in 1 .. sequence.Steps do
                            let c = (a.Trail[k].Numbers "hypergradient.factor")[0]
                            let largest = (1.0 + beta) ** float k
                            Finding.atMost "c" k largest (1e-14 * float k * largest) c
                            Finding.atMost "−c" k (-((1.0 - beta) ** float k)) (1e-14 * float k) -c
                    ])
        }

    /// <summary>HD-1 … HD-3.</summary>
    let laws: Law list = [ slope; nothingLearned; cosines ]
