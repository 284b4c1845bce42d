namespace OptVerify

open System
open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Averages, interpolation, zero gradients and the lower bound: what holds for every optimizer or function.</summary>
[<RequireQualifiedAccess>]
module DefinitionLaws =

    /// U-5.
    let averages =
        let settings =
            Gen.elements [ "polyak"; "ema"; "lookahead" ] |> Gen.zip (Draw.uniform 0.1 0.9)

        let build problem (share, kind) (_: int) =
            sgd (1.5 / problem.Smoothness)
            |> match kind with
               | "polyak" -> polyakAverage
               | "ema" -> average share
               | _ -> lookahead 3 share

        {
            Id = "U-5"
            Name = "averages of iterates stay in their hull, and below the average value"
            Statement = "min_k x_{k,i} ≤ x̄_i ≤ max_k x_{k,i}; f(x̄) ≤ Σ w_k f(x_k)"
            Assumptions = "f convex; polyakAverage, average, lookahead"
            Tightness = Valid
            Source = source "Jensen" 1906 "inequality"
            Cases =
                (Cases.runs 20 ProblemDraws.convex settings build (fun (_, kind) run ->
                    let final = run.States[run.Steps]

                    let middle =
                        match kind with
                        | "polyak" -> final.Slot "polyakAverage"
                        | "ema" -> final.Slot "average"
                        | _ -> final.Slot "lookahead.slow"

                    // The slow copy averages the fast points before they are replaced: their hull is that of x_k − 1.5 g_k/L too.
                    let points =
                        if kind = "lookahead" then
                            Array.append
                                run.Points
                                (Array.mapi
                                    (fun k g -> Vec.sub run.Points[k] (Vec.scale (1.5 / run.Problem.Smoothness) g))
                                    run.Gradients)
                        else
                            Array.tail run.Points

                    let scale = points |> Array.map Vec.norm |> Array.max
                    let slack = 4.0 * float run.Steps * Vec.eps * scale

                    [
                        for i in 0 .. run.Problem.Dimension - 1 do
                            let column = points |> Array.map (fun p -> p[i])
                            Finding.atMost "x̄" i (Array.max column) slack middle[i]
                            Finding.atMost "−x̄" i -(Array.min column) slack -middle[i]

                        if kind = "polyak" then
                            let mean = Array.average run.Values[1..]
                            let slack = slack * run.Problem.Smoothness * (scale + slack) * 2.0
                            Finding.atMost "f(x̄)" run.Steps mean (slack + 1e-12 * mean) (fst (run.Problem.At middle))
                    ]))
        }

    /// U-6.
    let interpolation =
        let tell (problem: Problem, point: float[]) =
            $"Problem.interpolation ({problem}) {Code.array problem.Start} {Code.array point}",
            fun (subject: Subject) ->
                let observed = {
                    problem with
                        Objective = subject.Observe problem.Objective
                }

                let x, y = problem.Start, point
                let fx, gx = observed.At x
                let fy, gy = observed.At y

                let L =
                    if Double.IsInfinity problem.Smoothness then
                        0.0
                    else
                        problem.Smoothness

                let size =
                    Vec.norm x
                    + Vec.norm y
                    + (match problem.Minimizer with
                       | Some p -> Vec.norm p
                       | None -> 0.0)

                let q = problem.Ratio
                let lost = if q > 0.0 && q < 1.0 then 1.0 / (1.0 - q) else 1.0
                let slope = Vec.norm gx + Vec.norm gy + L * size

                let slack =
                    32.0
                    * float problem.Dimension
                    * Vec.eps
                    * (abs fx + abs fy + slope * size)
                    * lost

                [
                    Finding.atMost "interpolation(y, x)" -1 0.0 slack -(Problem.interpolation observed x y)
                    Finding.atMost "interpolation(x, y)" -1 0.0 slack -(Problem.interpolation observed y x)
                ]

        let problems =
            Gen.oneof [
                ProblemDraws.smooth
                Nonsmooth.convex
                Nonsmooth.stronglyConvex
                Gen.map (fun (steep: SteepProblem) -> steep.Problem) SteepFunctions.problems
            ]

        {
            Id = "U-6"
            Name = "interpolation inequality: the problems are in their classes"
            Statement = "f(x) ≥ f(y) + ⟨g(y),x−y⟩ + [‖g(x)−g(y)‖²/L + m‖x−y‖² − 2q⟨g(y)−g(x),y−x⟩]/(2(1−q))"
            Assumptions = "f with lower curvature m (may be negative) and L-smooth (may be ∞), all x, y"
            Tightness = Attained "quadratics"
            Source = source "Taylor, Hendrickx and Glineur" 2017 "Theorem 4"
            Cases =
                (gen {
                    let! problem = problems
                    let! direction = Draw.vector problem.Dimension
                    let! radius = Draw.logUniform 0.01 3.0
                    let point = Vec.add problem.Start (Vec.scale radius direction)

                    return
                        Case.over
                            (fun (problem: Problem, point) ->
                                problem.Simpler()
                                |> Seq.filter (fun simpler -> simpler.Dimension = Array.length point)
                                |> Seq.map (fun simpler -> simpler, point))
                            tell
                            (problem, point)
                })
        }

    let private atRest =
        OptimizerDraws.withoutDecay
        |> Gen.filter (fun optimizer -> optimizer.Stages |> Seq.forall _.Stage.Has(StageTraits.RestsAtZero))

    /// U-7.
    let zeroChain =
        let zeros =
            Gen.map2
                (fun d n -> {
                    Start = Array.init d (fun i -> float (i - 2))
                    Gradients = Array.init n (fun _ -> Vec.zero d)
                })
                (Gen.frequency [ 4, Gen.choose (1, 5); 1, Gen.choose (6, 40) ])
                (Gen.choose (1, 5))

        let still =
            Cases.feeds zeros atRest id (fun _ sequence response -> [
                for k in 1 .. sequence.Steps ->
                    Finding.sameBits "p after zero gradients" k sequence.Start response.Path[k]
            ])

        // Every method that is near 0/0, in one case.
        let allStill =
            let tell (rate: float, sequence: GradientSequence) =
                let optimizers: Optimizer list =
                    OptimizerDraws.resting @ [ signSgd; lion ] |> List.map (fun head -> head rate)

                let listed = optimizers |> List.map string |> String.concat "; "

                $"[ {listed} ] |> List.map (fun optimizer -> Trajectory.feed optimizer {sequence})",
                fun (subject: Subject) -> [
                    for optimizer in optimizers do
                        let last =
                            (Trajectory.feedOn subject optimizer sequence.Start sequence.Gradients).Last

                        Finding.sameBits $"p of {optimizer} after zero gradients" sequence.Steps sequence.Start last
                ]

            Gen.map2
                (fun rate sequence ->
                    Case.over
                        (fun (rate, sequence) ->
                            GradientSequence.simpler sequence |> Seq.map (fun simpler -> rate, simpler))
                        tell
                        (rate, sequence))
                (Draw.logUniform 1e-3 1.0)
                zeros

        let chain =
            Cases.worst
                10
                atRest
                (fun _ n -> Quadratics.tridiagonal 1.0 (2 * n + 1))
                (fun _ optimizer _ -> optimizer)
                (fun _ run ->
                    Cases.everyStep run (fun k ->
                        Finding.holds
                            $"x_k is zero beyond coordinate {k}"
                            k
                            (run.Points[k] |> Seq.skip k |> Seq.forall (fun x -> x = 0.0))))

        {
            Id = "U-7"
            Name = "zero gradient, zero update; zero chain"
            Statement = "g = 0 ⇒ u = 0; on Nesterov's tridiagonal function x_k has support {1, …, k}"
            Assumptions = "no weight decay; methods of spans and elementwise methods, from 0"
            Tightness = Identity
            Source = source "Nesterov" 2004 "section 2.1.2"
            Cases = Gen.oneof [ still; allStill; chain ]
        }

    /// U-8.
    let lowerBound =
        let settings =
            Gen.oneof [
                Gen.map sgd (Draw.uniform 0.1 1.0)
                Gen.map (fun beta -> sgd 0.5 |> momentum beta) (Draw.uniform 0.0 0.95)
                Gen.map (fun beta -> sgd 1.0 |> nesterov beta) (Draw.uniform 0.0 0.95)
            ]

        {
            Id = "U-8"
            Name = "lower bound: too good to be true"
            Statement = "f(x_N) − f* ≥ 3 L R²/(32 (N+1)²) on Nesterov's tridiagonal function in 2N+1 dimensions"
            Assumptions = "methods whose steps lie in the span of the gradients, from 0"
            Tightness = Valid
            Source = source "Nesterov" 2004 "Theorem 2.1.7"
            Cases =
                (Cases.worst
                    15
                    settings
                    (fun _ n -> Quadratics.tridiagonal 1.0 (2 * n + 1))
                    (fun _ optimizer _ -> optimizer)
                    (fun _ run ->
                        let n = float run.Steps
                        let bound = 3.0 * run.Problem.Distance ** 2.0 / (32.0 * (n + 1.0) ** 2.0)

                        [
                            Finding.atMost "3LR²/(32(N+1)²)" run.Steps (run.Gap run.Steps) (1e-12 * bound) bound
                        ]))
        }

    /// <summary>U-5 … U-8.</summary>
    let laws: Law list = [ averages; interpolation; zeroChain; lowerBound ]
