namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Methods that find their own step length, and schedule-free learning.</summary>
[<RequireQualifiedAccess>]
module OwnStepLaws =

    open EquivalenceParts

    // How far from 0 and from the minimiser the points are.
    let private extent (run: Trajectory) =
        (run.Points |> Array.map Vec.norm |> Array.max) + run.Problem.Distance

    /// PS-1.
    let polyakStep =
        let build (problem: Problem) () (_: int) =
            polyakWith (Polyak(Minimum = problem.Minimum)) 1.0

        let judge () (run: Trajectory) =
            Cases.everyUpdate run (fun k ->
                let gap, slope = run.Gap k, Vec.norm run.Gradients[k]
                let gain = if slope = 0.0 then 0.0 else (gap / slope) ** 2.0
                let before, after = run.DistanceAt k ** 2.0, run.DistanceAt(k + 1) ** 2.0

                // f − f* is off by some last places of f, and the step by that over the slope.
                let values = 1e-14 * (abs run.Values[k] + abs run.Problem.Minimum)
                let reach = if slope = 0.0 then 0.0 else values / slope
                let slack = 1e-13 * extent run ** 2.0 + 4.0 * reach * (extent run + reach)
                Finding.atMost "‖x⁺−x*‖²" k (before - gain) slack after)

        // On ½L‖p‖² the factor is ½L‖p‖²/(L²‖p‖²) = 1/(2L): half the way.
        let bowl =
            Gen.map2 (fun L R -> L, R) (Draw.logUniform 1e-2 1e2) (Draw.logUniform 1e-2 1e2)
            |> Gen.map (fun (L, R) ->
                let problem = Quadratics.line L R

                Case.fixedCase $"Trajectory.run ({polyak 1.0}) ({problem}) 8" (fun subject ->
                    let run = Trajectory.runOn subject (polyak 1.0) problem 8

                    [
                        for k in 0..7 ->
                            Finding.equal
                                "p⁺"
                                k
                                (run.Points[k][0] / 2.0)
                                (16.0 * Vec.eps * abs (run.Points[k][0]))
                                (run.Points[k + 1][0])
                    ]))

        {
            Id = "PS-1"
            Name = "Polyak's step"
            Statement = "‖x⁺−x*‖² ≤ ‖x−x*‖² − (f−f*)²/‖g‖²; on ½L‖p‖² p⁺ = p/2"
            Assumptions = "f convex, f* known"
            Tightness = Attained "quadratics"
            Source = source "Polyak 1987; Hazan and Kakade" 2019 "Theorem 1"
            Cases =
                Gen.frequency [
                    3, Cases.runs 30 Nonsmooth.convex (Gen.constant ()) build judge
                    3, Cases.runs 30 ProblemDraws.convex (Gen.constant ()) build judge
                    1, bowl
                ]
        }

    let private averageBound =
        bound "‖z_1−x*‖²/(2ηN) + ηG²/2" (fun G R eta N -> R * R / (2.0 * eta * N) + eta * G * G / 2.0)

    /// SF-1.
    let scheduleFree =
        let settings = Gen.zip (Draw.uniform 0.0 1.0) (Draw.logUniform 0.1 10.0)

        let rate (problem: Problem) factor n =
            factor * problem.Distance / (problem.Lipschitz * sqrt (float n))

        let build problem (beta, factor) n =
            sgd (rate problem factor n) |> StageWords.scheduleFree beta

        let judge (_, factor) (run: Trajectory) =
            let n, problem = run.Steps, run.Problem
            let eta = rate problem factor n
            let R = problem.DistanceTo(run.States[1].Slot "scheduleFree.z")
            let allowed = averageBound.At problem.Lipschitz R eta (float n)
            let slack = 1e-12 * (allowed + problem.Lipschitz * (Vec.norm problem.Start + R))

            [
                Finding.atMost
                    "f(x_N) − f*"
                    n
                    allowed
                    slack
                    (fst (problem.At(run.States[n].Slot "scheduleFree.x")) - problem.Minimum)
            ]

        {
            Id = "SF-1"
            Name = "schedule-free learning at a constant rate"
            Statement = $"f(x_N) − f* ≤ {averageBound}, for every β; G R/√N at the best rate"
            Assumptions = "f convex, ‖g‖ ≤ G; x_1 = z_1, so that R is the distance after one update"
            Tightness = Attained "max-type function with resisting oracle"
            Source = source "Defazio et al." 2024 "Theorem 1, general rate"
            Cases = Cases.runs 40 Nonsmooth.convex settings build judge
        }

    /// EQ-13.
    let endsOfScheduleFree =
        let judge (rate: float) (sequence: GradientSequence) (subject: Subject) =
            let run words =
                Trajectory.feedOn subject (sgd rate |> words) sequence.Start sequence.Gradients

            let primal, plain =
                run (StageWords.scheduleFree 1.0), run (StageWords.scheduleFree 0.0)

            let averaged = run polyakAverage
            let size = size sequence averaged
            let slot name (response: Response) k = response.Trail[k].Slot name
            let n = sequence.Steps

            [
                for k in 1..n do
                    Finding.close "p at β = 0" k size 1e-12 averaged.Path[k] plain.Path[k]

                    Finding.close
                        "x at β = 0"
                        k
                        size
                        (1e-13 * float k)
                        (slot "polyakAverage" averaged k)
                        (slot "scheduleFree.x" plain k)

                    let other = (primal.Path |> Array.map Vec.norm |> Array.max) + size
                    let z = Vec.norm (slot "scheduleFree.z" primal k)
                    Finding.close "p at β = 1" k (other + z) 1e-14 (slot "scheduleFree.x" primal k) primal.Path[k]
            ]

        {
            Id = "EQ-13"
            Name = "the ends of schedule-free learning"
            Statement = "β = 0: p is that of sgd, x the mean of its iterates; β = 1: p = x, primal averaging"
            Assumptions = "constant rate"
            Tightness = Identity
            Source = source "Defazio et al." 2024 "equations 3–5"
            Cases = Cases.sequences sequences rates (fun rate -> $"sgd {rate} |> scheduleFree 1.0") judge
        }

    /// DAD-1.
    let estimate =
        let settings = Gen.zip (Draw.logUniform 0.1 2.0) (Draw.logUniform 1e-6 1e-2)

        let build (problem: Problem) (rate, first) (_: int) =
            prodigyWith (Prodigy(Initial = first * problem.Distance)) rate

        let judge (_, first) (run: Trajectory) =
            let star = run.Problem.Minimizer.Value

            let largest =
                Array.map2 (fun x y -> abs (x - y)) run.Problem.Start star |> Array.max

            let d k = (run.States[k].Numbers "prodigy.d")[0]
            let allowed = max largest (first * run.Problem.Distance)

            [
                for k in 1 .. run.Steps do
                    Finding.atMost "d_k − d_{k+1}" k 0.0 0.0 (d (k - 1) - d k)
                    Finding.atMost "d" k allowed (1e-9 * allowed) (d k)
            ]

        {
            Id = "DAD-1"
            Name = "Prodigy's distance is a lower bound"
            Statement = "d does not decrease, and d ≤ max(d_0, ‖x_0−x*‖_∞)"
            Assumptions = "f convex; growth unlimited, coefficient 1"
            Tightness = Valid
            Source = source "Mishchenko and Defazio" 2023 "section 4; Defazio and Mishchenko 2023, Theorem 1"
            Cases = Cases.runs 40 ProblemDraws.convex settings build judge
        }

    /// OWN-1.
    let twins =
        let beta, first = Draw.uniform 0.0 0.95, Draw.logUniform 1e-3 1e3

        {
            Id = "OWN-1"
            Name = "an estimate that stays is a rate"
            Statement =
                "prodigy (coefficient 0, d_0 = d, ε = 0, corrected) at η = adam (ε = 0) at ηd; dAdapt (growth 1, d_0 = d) at η = "
                + "adam without correction at ηd"
            Assumptions = "any gradients"
            Tightness = Identity
            Source = own "by definition"
            Cases =
                Gen.oneof [
                    close (Gen.zip3 rates beta first) (fun (rate, b, d) ->
                        adamWith (Adam(Beta1 = b, Epsilon = 0.0)) (rate * d),
                        prodigyWith
                            (Prodigy(Beta1 = b, Coefficient = 0.0, Initial = d, Epsilon = 0.0, BiasCorrection = true))
                            rate)
                    close (Gen.zip3 rates beta first) (fun (rate, b, d) ->
                        adamWith (Adam(Beta1 = b, BiasCorrection = false)) (rate * d),
                        dAdaptWith (DAdapt(Beta1 = b, Initial = d, Growth = 1.0)) rate)
                ]
        }

    /// OWN-2.
    let units =
        let heads: (float -> Optimizer) list = [
            dogWith (Dog(Initial = 0.1, Epsilon = 0.0))
            dogWith (Dog(Initial = 0.1, Epsilon = 0.0, PerTensor = true))
            dowgWith (Dowg(Initial = 0.1, Epsilon = 0.0))
            prodigyWith (Prodigy(Initial = 0.1, Epsilon = 0.0))
            dAdaptWith (DAdapt(Initial = 0.1, Epsilon = 0.0))
        ]

        let times (k: int) (sequence: GradientSequence) = {
            sequence with
                Gradients = sequence.Gradients |> Array.map (Array.map (fun g -> System.Math.ScaleB(g, k)))
        }

        {
            Id = "OWN-2"
            Name = "units of f"
            Statement = "dog, dowg, prodigy and dAdapt with ε = 0: gradients times 2^k change nothing, bit for bit"
            Assumptions = "any gradients"
            Tightness = Identity
            Source = own "by definition"
            Cases =
                Cases.twins
                    sequences
                    (Gen.zip (Gen.elements heads) (Gen.choose (-30, 30)))
                    (fun (head, k) sequence -> head 1.0, (head 1.0, times k sequence))
                    (fun _ sequence a b -> [ Finding.sameBits "p" sequence.Steps a.Last b.Last ])
        }

    /// OWN-3.
    let farBound =
        let judge (rate: float, beta: float) (sequence: GradientSequence) (subject: Subject) =
            let run (optimizer: Optimizer) =
                Trajectory.feedOn subject optimizer sequence.Start sequence.Gradients

            let bounded = run (momoWith (Momo(Beta = beta, LowerBound = -1e200)) rate)
            let plain = run (sgd rate |> momentumWith (Momentum(beta, Dampening = beta)))
            let reach = size sequence plain

            [
                for k in 1 .. sequence.Steps -> Finding.close "p" k reach 1e-12 plain.Path[k] bounded.Path[k]
            ]

        {
            Id = "OWN-3"
            Name = "a bound far below every loss"
            Statement = "momo with such a bound is momentum with dampening β"
            Assumptions = "any gradients, losses 1"
            Tightness = Identity
            Source = source "Schaipp et al." 2024 "section 3"
            Cases =
                Cases.sequences
                    sequences
                    (Gen.zip rates betas)
                    (fun (rate, beta) -> string (momoWith (Momo(Beta = beta, LowerBound = -1e200)) rate))
                    judge
        }

    /// OWN-4.
    let copies =
        let judge (rate: float) (sequence: GradientSequence) (subject: Subject) =
            let words =
                sgd rate |> polyakAverage |> polynomialAverage 0.0 |> StageWords.targetUpdate 1

            let response = Trajectory.feedOn subject words sequence.Start sequence.Gradients

            let slot name k = response.Trail[k].Slot name

            [
                for k in 1 .. sequence.Steps do
                    Finding.sameBits "target" k response.Path[k] (slot "targetUpdate.target" k)

                    Finding.close
                        "polynomialAverage"
                        k
                        (size sequence response)
                        (1e-15 * float k)
                        (slot "polyakAverage" k)
                        (slot "polynomialAverage" k)
            ]

        {
            Id = "OWN-4"
            Name = "averages that are known by another name"
            Statement = "polynomialAverage 0 = polyakAverage; targetUpdate 1 = p, bit for bit"
            Assumptions = "any gradients"
            Tightness = Identity
            Source = own "by definition"
            Cases = Cases.sequences sequences rates (fun rate -> $"sgd {rate}") judge
        }

    /// <summary>PS-1, SF-1, EQ-13, DAD-1, OWN-1 … OWN-4.</summary>
    let laws: Law list = [
        polyakStep
        scheduleFree
        endsOfScheduleFree
        estimate
        twins
        units
        farBound
        copies
    ]
