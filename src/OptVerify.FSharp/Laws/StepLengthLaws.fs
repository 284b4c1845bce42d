namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Methods that find their own step length: rates, and regrets that hold for every gradient sequence.</summary>
[<RequireQualifiedAccess>]
module StepLengthLaws =

    let private polyakOf (problem: Problem) () (_: int) =
        polyakWith (Polyak(Minimum = problem.Minimum)) 1.0

    // How far from 0 and from the minimiser the points are.
    let private extent (run: Trajectory) =
        (run.Points |> Array.map Vec.norm |> Array.max) + run.Problem.Distance

    // What rounding may add to ‖x_{k+1} − x*‖²: that of the points, and that of f − f*, which the step divides by the slope.
    let private squareSlack (run: Trajectory) k =
        let slope = run.NormAt k
        let values = 1e-14 * (abs run.Values[k] + abs run.Problem.Minimum)
        let reach = if slope = 0.0 then 0.0 else values / slope
        1e-13 * extent run ** 2.0 + 4.0 * reach * (extent run + reach)

    let private allSlack (run: Trajectory) =
        Seq.sum (seq { for k in 0 .. run.Steps - 1 -> squareSlack run k })

    let private leastGap (run: Trajectory) =
        Seq.min (seq { for k in 0 .. run.Steps - 1 -> run.Gap k })

    let private steepBound = bound "G R/√N" (fun G R steps -> G * R / sqrt steps)

    /// PS-2.
    let steep = {
        Id = "PS-2"
        Name = "Polyak's step on functions with kinks: rate"
        Statement = $"min_{{k<N}} f(x_k) − f* ≤ {steepBound}"
        Assumptions = "f convex, ‖g‖ ≤ G, f* known"
        Tightness = Attained "max-type function with resisting oracle"
        Source = source "Polyak 1987; Hazan and Kakade" 2019 "Theorem 1"
        Cases =
            (Cases.withWorst
                (Cases.runs 40 Nonsmooth.convex (Gen.constant ()) polyakOf (fun () run ->
                    let problem, steps = run.Problem, float run.Steps
                    let allowed = steepBound.At problem.Lipschitz problem.Distance steps
                    // The sum of the squared gaps is at most G²(R² + what the steps add by rounding).
                    let slack = steepBound.At problem.Lipschitz (sqrt (allSlack run)) steps
                    [ Finding.atMost "min f − f*" run.Steps allowed slack (leastGap run) ]))
                (Cases.worst
                    30
                    (Gen.zip (Draw.logUniform 0.1 10.0) (Draw.logUniform 0.1 10.0))
                    (fun (G, R) n -> Nonsmooth.resisting G R n)
                    (fun problem _ -> polyakOf problem ())
                    (fun (G, R) run ->
                        let allowed = steepBound.At G R (float run.Steps)

                        [
                            Finding.equal "min f − f*" run.Steps allowed (1e-12 * allowed) (leastGap run)
                        ])))
    }

    let private smoothBound = bound "2L R²/N" (fun L R steps -> 2.0 * L * R * R / steps)

    let private contraction =
        bound "(1 − m/(4L)) ‖x−x*‖²" (fun L m distance -> (1.0 - m / (4.0 * L)) * distance * distance)

    /// PS-3.
    let smooth = {
        Id = "PS-3"
        Name = "Polyak's step on smooth functions: rate"
        Statement = $"min_{{k<N}} f(x_k) − f* ≤ {smoothBound}; ‖x⁺−x*‖² ≤ {contraction}"
        Assumptions = "f m-strongly convex (m ≥ 0), L-smooth, f* known"
        Tightness = Valid
        Source = source "Hazan and Kakade" 2019 "Theorem 1"
        Cases =
            (Cases.runs
                40
                (Gen.oneof [ ProblemDraws.convex; ProblemDraws.stronglyConvex ])
                (Gen.constant ())
                polyakOf
                (fun () run ->
                    let problem, steps = run.Problem, float run.Steps
                    let allowed = smoothBound.At problem.Smoothness problem.Distance steps
                    let slack = smoothBound.At problem.Smoothness (sqrt (allSlack run)) steps

                    Finding.atMost "min f − f*" run.Steps allowed slack (leastGap run)
                    :: Cases.everyUpdate run (fun k ->
                        let allowed = contraction.At problem.Smoothness problem.Convexity (run.DistanceAt k)

                        Finding.atMost "‖x⁺−x*‖²" k allowed (squareSlack run k) (run.DistanceAt(k + 1) ** 2.0))))
    }

    /// What the regret of a method that measures its distance from the start speaks of.
    type private Distances = {
        // r_0 … r_T, the largest distance from the start so far.
        Reach: float[]
        // d, the largest distance from the comparator.
        Away: float
        Comparator: float[]
    }

    let private distances first (comparator: float[]) (path: float[][]) = {
        Reach =
            path
            |> Array.scan (fun r x -> max r (Vec.distance x path[0])) first
            |> Array.tail
        Away = path |> Array.map (fun x -> Vec.distance x comparator) |> Array.max
        Comparator = comparator
    }

    // The start itself, the end, the origin, a point beside all of them, and one far away downhill.
    let private comparators (gradients: float[][]) (path: float[][]) = [
        let slope = Vec.norm gradients[0]
        let reach = path |> Array.map (fun x -> Vec.distance x path[0]) |> Array.max

        if slope > 0.0 then
            Vec.sub path[0] (Vec.scale (100.0 * (1.0 + reach) / slope) gradients[0])

        path[0]
        Array.last path
        Vec.zero path[0].Length
        Array.last path |> Array.mapi (fun i x -> x + float (i % 3) - 1.0)
    ]

    /// Σ weight(r_k)·⟨g_k, x_k − u⟩ ≤ bound(r_T, d), of the path on a gradient sequence.
    let private regret weight first allowed (sequence: GradientSequence) (response: Response) = [
        for u in comparators sequence.Gradients response.Path do
            let T = sequence.Steps
            let seen = distances first u response.Path

            let term k =
                weight seen.Reach[k]
                * Vec.dot sequence.Gradients[k] (Vec.sub response.Path[k] u)

            // Points, distances and inner products are known to some last places of what they are made of.
            let size k =
                let at = Vec.norm response.Path[k] + Vec.norm response.Path[0] + Vec.norm u

                weight (seen.Reach[k] + at) * Vec.norm sequence.Gradients[k] * at

            let slack =
                8.0
                * float (T + sequence.Dimension)
                * Vec.eps
                * Seq.sum (seq { for k in 0 .. T - 1 -> size k })

            let value = Seq.sum (seq { for k in 0 .. T - 1 -> term k })
            Finding.atMost "Σ weight ⟨g, x−u⟩" T (allowed sequence seen.Reach[T] seen.Away) slack value
    ]

    let private dogBound =
        bound "r_T(2d_T + r_T) √(G_T + ε)" (fun r d root -> r * (2.0 * d + r) * root)

    // Gradients from nowhere, and one that stays: then the regret is as large as it can be.
    let private sequences =
        let persistent (sequence: GradientSequence) = {
            sequence with
                Gradients = Array.replicate sequence.Steps sequence.Gradients[0]
        }

        let arbitrary = GradientSequence.arbitrary 25 4
        Gen.oneof [ arbitrary; Gen.map persistent arbitrary ]

    /// DOG-1.
    let distanceOverGradients =
        let settings = Gen.zip (Draw.logUniform 1e-3 1.0) (Gen.elements [ 0.0; 1e-8; 0.5 ])

        {
            Id = "DOG-1"
            Name = "distance over gradients: weighted regret"
            Statement =
                $"Σ_{{t<T}} r_t⟨g_t,x_t−u⟩ ≤ {dogBound}, r_t = max(r_0, max_{{s≤t}} ‖x_s−x_0‖), d_T = max ‖x_t−u‖, G_T = Σ‖g_t‖²"
            Assumptions = "any gradients, any u; rate 1"
            Tightness = Valid
            Source = source "Ivgi, Hinder and Carmon" 2023 "Lemma 1; Abel summation and AG-1"
            Cases =
                Cases.feeds
                    sequences
                    settings
                    (fun (first, epsilon) -> dogWith (Dog(Initial = first, Epsilon = epsilon)) 1.0)
                    (fun (first, epsilon) sequence response ->
                        let allowed (sequence: GradientSequence) r d =
                            let sum = sequence.Gradients |> Array.sumBy (fun g -> Vec.dot g g)
                            dogBound.At r d (sqrt (sum + epsilon))

                        regret id (first * (1.0 + Vec.norm sequence.Start)) allowed sequence response)
        }

    let private weightedBound =
        bound "r_T(2d_T + r_T) (√w_T + ε)" (fun r d root -> r * (2.0 * d + r) * root)

    /// DOG-2.
    let distanceOverWeightedGradients =
        let settings = Gen.zip (Draw.logUniform 1e-3 1.0) (Gen.elements [ 0.0; 1e-4; 0.5 ])

        {
            Id = "DOG-2"
            Name = "distance over weighted gradients: weighted regret"
            Statement = $"Σ_{{t<T}} r_t²⟨g_t,x_t−u⟩ ≤ {weightedBound}, w_T = Σ r_t²‖g_t‖²"
            Assumptions = "any gradients, any u; rate 1"
            Tightness = Valid
            Source = source "Khaled, Mishchenko and Jin" 2023 "the argument of Lemma 3; Abel summation and AG-1"
            Cases =
                Cases.feeds
                    sequences
                    settings
                    (fun (first, epsilon) -> dowgWith (Dowg(Initial = first, Epsilon = epsilon)) 1.0)
                    (fun (first, epsilon) sequence response ->
                        let reach = (distances first sequence.Start response.Path).Reach

                        let allowed (sequence: GradientSequence) r d =
                            let sum =
                                Seq.sum (
                                    seq {
                                        for k in 0 .. sequence.Steps - 1 ->
                                            reach[k] ** 2.0 * Vec.dot sequence.Gradients[k] sequence.Gradients[k]
                                    }
                                )

                            weightedBound.At r d (sqrt sum + epsilon)

                        regret (fun r -> r * r) first allowed sequence response)
        }

    /// <summary>PS-2, PS-3, DOG-1, DOG-2.</summary>
    let laws: Law list = [ steep; smooth; distanceOverGradients; distanceOverWeightedGradients ]
