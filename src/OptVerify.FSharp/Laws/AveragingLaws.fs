namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Sharpness-aware steps, averages of gradients and of parameters, lookahead.</summary>
[<RequireQualifiedAccess>]
module AveragingLaws =

    let private sequences = GradientSequence.arbitrary 30 3

    /// SAM-1.
    let sharpness =
        let settings = Gen.zip (Draw.inside 0.0 1.0) (Draw.logUniform 1e-3 1.0)
        let build (problem: Problem) (h: float, rho: float) (_: int) = sgd (h / problem.Smoothness) |> sam rho

        {
            Id = "SAM-1"
            Name = "sharpness-aware descent"
            Statement =
                "f⁺ ≤ f − (η/2)‖g‖² + (η/2)L²ρ²; min ‖g‖² ≤ 2(f_0−f*)/(ηN) + L²ρ²; ⟨g, g̃⟩ ≥ ‖g‖² + mρ‖g‖ on S(m, L)"
            Assumptions = "f L-smooth, η ≤ 1/L, gradient g̃ at p + ρ g/‖g‖"
            Tightness = Valid
            Source = own "U-1 with ‖g̃ − g‖ ≤ Lρ; the method: Foret et al. 2021"
            Cases =
                (Cases.runs
                    30
                    (Gen.frequency [ 2, Nonconvex.bounded; 2, ProblemDraws.stronglyConvex ])
                    settings
                    build
                    (fun (h, rho) run ->
                        let L, m = run.Problem.Smoothness, run.Problem.Convexity
                        let eta, n = h / L, float run.Steps
                        let bound = 2.0 * run.Gap 0 / (eta * n) + (L * rho) ** 2.0
                        let least = Seq.min (seq { for k in 0 .. run.Steps - 1 -> run.NormAt k ** 2.0 })

                        let size k =
                            L
                            * (Vec.norm run.Points[k]
                               + rho
                               + (match run.Problem.Minimizer with
                                  | Some p -> Vec.norm p
                                  | None -> 0.0))

                        List.concat [
                            [ Finding.atMost "min ‖g‖²" run.Steps bound (1e-11 * bound) least ]
                            Cases.everyUpdate run (fun k ->
                                let drop = eta / 2.0 * run.NormAt k ** 2.0
                                let rise = eta / 2.0 * (L * rho) ** 2.0

                                Finding.atMost
                                    "f⁺"
                                    k
                                    (run.Values[k] - drop + rise)
                                    (1e-12 * (abs run.Values[k] + drop + rise)
                                     + 8.0 * Vec.eps * size k * (Vec.norm run.Points[k] + size k / L))
                                    run.Values[k + 1])
                            Cases.everyUpdate run (fun k ->
                                let away = Vec.distance run.Seen[k] run.Gradients[k]

                                Finding.atMost
                                    "‖g̃ − g‖"
                                    k
                                    (L * rho)
                                    (16.0 * float run.Problem.Dimension * Vec.eps * size k + 1e-12 * L * rho)
                                    away)
                            if m > 0.0 then
                                Cases.everyUpdate run (fun k ->
                                    let g = run.NormAt k
                                    let least = g * g + m * rho * g

                                    Finding.atMost
                                        "‖g‖² + mρ‖g‖"
                                        k
                                        (Vec.dot run.Gradients[k] run.Seen[k])
                                        (1e-11 * least
                                         + 64.0 * float run.Problem.Dimension * Vec.eps * size k * (g + L * rho))
                                        (if g = 0.0 then 0.0 else least))
                        ]))
        }

    /// EMA-1.
    let weights =
        let settings = Gen.zip (Draw.uniform 0.0 0.99) (Gen.elements [ true; false ])

        {
            Id = "EMA-1"
            Name = "averaged gradients: the weights sum to one"
            Statement =
                "ema with bias correction of a constant is the constant; any ema stays within [min, max] of 0 and the gradients"
            Assumptions = "any gradients"
            Tightness = Identity
            Source = own "geometric sum"
            Cases =
                (Cases.feeds
                    sequences
                    settings
                    (fun (beta, corrected) -> sgd 1.0 |> emaWith (Ema(beta, BiasCorrection = corrected)))
                    (fun (beta, corrected) sequence response -> [
                        for t in 0 .. sequence.Steps - 1 do
                            let u = response.Update t

                            for i in 0 .. sequence.Dimension - 1 do
                                let seen = [ for s in 0..t -> (sequence.Gradients[s][i]) ]
                                let weights = [ for s in 0..t -> (1.0 - beta) * beta ** float (t - s) ]
                                let total = if corrected then List.sum weights else 1.0
                                let expected = List.sum (List.map2 (*) weights seen) / total
                                let scale = List.sumBy abs (List.map2 (*) weights seen) / total

                                let slack =
                                    8.0
                                    * float (t + 1)
                                    * Vec.eps
                                    * (scale + abs (response.Path[t][i]) / float (t + 1) + scale)

                                let slack = slack + (if corrected then 1e-12 * scale / (1.0 - beta) else 0.0)
                                Finding.equal "u" t expected slack u[i]

                                Finding.atMost
                                    "u"
                                    t
                                    (max (List.max seen) (if corrected then -infinity else 0.0))
                                    slack
                                    u[i]

                                Finding.atMost
                                    "−u"
                                    t
                                    -(min (List.min seen) (if corrected then infinity else 0.0))
                                    slack
                                    -u[i]
                    ]))
        }

    /// EMA-2.
    let parameters =
        let settings = Gen.zip (Draw.uniform 0.0 0.99) (Gen.choose (0, 5))

        let judge (decay, from) (sequence: GradientSequence) (response: Response) =
            let n = sequence.Steps
            let ema = response.Trail[n].Slot "average"
            let mean = response.Trail[n].Slot "polyakAverage"
            let mutable expected = response.Path[1]

            for k in 2..n do
                expected <- Array.map2 (fun a p -> decay * a + (1.0 - decay) * p) expected response.Path[k]

            let counted =
                if n > from then
                    response.Path[from + 1 ..]
                else
                    [| response.Path[n] |]

            let size = response.Path |> Array.map Vec.norm |> Array.max

            [
                Finding.close "average" n size (8.0 * float n * Vec.eps) expected ema
                if n > from then
                    Finding.close "polyakAverage" n size (8.0 * float n * Vec.eps) (Vec.mean counted) mean
            ]

        {
            Id = "EMA-2"
            Name = "averages of parameters"
            Statement = "average: a = d a + (1−d)p, first a = p_1; polyakAverage: mean of p_{from+1} … p_T; p untouched"
            Assumptions = "any gradients"
            Tightness = Identity
            Source = source "Polyak and Juditsky" 1992 "the average; by definition"
            Cases =
                (Cases.feeds
                    sequences
                    settings
                    (fun (decay, from) -> sgd 0.1 |> average decay |> polyakAverageWith (PolyakAverage(From = from)))
                    judge)
        }

    /// LA-1.
    let lookahead =
        let outer =
            let tell (lambda: float, rate: float, n: int, alpha: float, rounds: int) =
                let problem = Quadratics.line lambda 1.0
                let optimizer = sgd rate |> lookahead n alpha

                $"Trajectory.run ({optimizer}) ({problem}) {n * rounds}",
                fun subject ->
                    let run = Trajectory.runOn subject optimizer problem (n * rounds)
                    let factor = 1.0 - alpha + alpha * (1.0 - rate * lambda) ** float n

                    [
                        for k in 1..rounds do
                            Finding.equal
                                "x"
                                (n * k)
                                (factor ** float k)
                                (16.0 * float (n * k) * Vec.eps)
                                (run.Points[n * k][0])
                    ]

            gen {
                let! lambda = Draw.logUniform 0.1 10.0
                let! h = Draw.inside 0.0 2.0
                let! n = Gen.choose (1, 6)
                let! alpha = Draw.uniform 0.1 1.0
                let! rounds = Gen.choose (1, 6)

                return
                    Case.over
                        (fun (l, r, n, a, rounds) ->
                            Draw.shrinkCount 1 rounds |> Seq.map (fun rounds -> l, r, n, a, rounds))
                        tell
                        (lambda, h / lambda, n, alpha, rounds)
            }

        let whole =
            Cases.sequences
                sequences
                (Gen.choose (1, 5))
                (fun n -> string (sgd 0.1 |> momentum 0.9 |> StageWords.lookahead n 1.0))
                (fun n sequence subject ->
                    let inner = sgd 0.1 |> momentum 0.9
                    let plain = Trajectory.feedOn subject inner sequence.Start sequence.Gradients

                    let looking =
                        Trajectory.feedOn
                            subject
                            (inner |> StageWords.lookahead n 1.0)
                            sequence.Start
                            sequence.Gradients

                    [ Finding.sameBits "lookahead n 1.0" sequence.Steps plain.Last looking.Last ])

        {
            Id = "LA-1"
            Name = "lookahead"
            Statement = "α = 1 is the inner optimizer; on λx²/2 every n steps multiply by 1−α+α(1−ηλ)^n"
            Assumptions = "inner state kept"
            Tightness = Identity
            Source = source "Zhang et al." 2019 "Algorithm 1; linear recursion"
            Cases = Gen.oneof [ outer; whole ]
        }

    /// <summary>SAM-1, EMA-1, EMA-2, LA-1.</summary>
    let laws: Law list = [ sharpness; weights; parameters; lookahead ]
