namespace OptVerify

open System
open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>What holds for every optimizer, whatever produced its updates.</summary>
[<RequireQualifiedAccess>]
module Universal =

    /// U-1.
    let ledger =
        law
            "U-1"
            "descent ledger"
            "|f(x_{k+1}) − f(x_k) + ⟨g_k, u_k⟩| ≤ (L/2)‖u_k‖²"
            "f L-smooth, convex or not; any update x_{k+1} = x_k − u_k"
            (Attained "Lx²/2")
            (source "Nesterov" 2004 "Lemma 1.2.3")
            (Cases.runs 20 Pools.smooth Pools.anyWithoutDecay (fun _ optimizer _ -> optimizer) (fun _ run ->
                Cases.everyUpdate run (fun k ->
                    let u, g = run.Update k, run.Gradients[k]
                    let error = abs (run.Values[k + 1] - run.Values[k] + Vec.dot g u)
                    let L, d = run.Problem.Smoothness, float run.Problem.Dimension
                    let size = Vec.norm run.Points[k] + Vec.norm u + Slack.stepDistance run k / Vec.eps

                    let size =
                        if Double.IsNaN size then
                            Vec.norm run.Points[k] + Vec.norm u
                        else
                            size

                    let slack =
                        8.0
                        * d
                        * Vec.eps
                        * (abs run.Values[k] + abs run.Values[k + 1] + (Vec.norm g + L * size) * size)

                    Finding.atMost "|f⁺ − f + ⟨g,u⟩|" k (L / 2.0 * Vec.dot u u) slack error)))

    let private comparator (sequence: GradientSequence) =
        Array.init sequence.Dimension (fun i -> sin (float (7 * i + 3)))

    /// U-2.
    let regret =
        let judge (rate: float, box: bool) (sequence: GradientSequence) (machine: Machine) =
            let optimizer = sgd rate |> cosine 200 |> (if box then within -0.5 0.75 else id)

            let start =
                if box then
                    sequence.Start |> Array.map (max -0.5 >> min 0.75)
                else
                    sequence.Start

            let response = Trajectory.feedOn machine optimizer start sequence.Gradients
            let u = comparator sequence |> Array.map (max -0.5 >> min 0.75)
            let mutable left, right, scale = 0.0, 0.0, 0.0

            for t in 0 .. sequence.Steps - 1 do
                let a = rate * Schedule.cosine(200).At(int64 t)

                for i in 0 .. sequence.Dimension - 1 do
                    let x, next, g =
                        response.Path[t][i], response.Path[t + 1][i], sequence.Gradients[t][i]

                    let before, after =
                        (x - u[i]) * (x - u[i]) / (2.0 * a), (next - u[i]) * (next - u[i]) / (2.0 * a)

                    left <- left + g * (x - u[i])
                    right <- right + before - after + a * g * g / 2.0
                    scale <- scale + abs (g * (x - u[i])) + before + after + a * g * g

            let slack = 1e-9 * scale
            let what = "Σ⟨g_t, x_t − u⟩"

            [
                if box then
                    Finding.atMost what sequence.Steps right slack left
                else
                    Finding.equal what sequence.Steps right (1e-12 * scale) left
            ]

        law
            "U-2"
            "regret identity"
            "Σ⟨g_t, x_t−u⟩ = Σ [(x_t−u)² − (x_{t+1}−u)²]/(2a_t) + a_t g_t²/2; ≤ with a projection"
            "x_{t+1} = x_t − a_t g_t, any gradients, any u (in the box)"
            Identity
            (source "Zinkevich" 2003 "Theorem 1, the telescoping; elementary")
            (Cases.sequences
                (GradientSequence.arbitrary 30 4)
                (Gen.zip (Draw.logUniform 1e-3 1.0) (Gen.elements [ true; false ]))
                (fun (rate, _) -> string (sgd rate |> cosine 200))
                judge)

    /// U-3.
    let emaRegret =
        let judge (beta, rate) (sequence: GradientSequence) (response: Response) =
            let n = sequence.Steps
            let u = comparator sequence
            let m = [| for t in 0 .. n - 1 -> response.Update t |> Vec.scale (1.0 / rate) |]
            let away t = Vec.sub response.Path[t] u

            let left =
                Seq.sum (seq { for t in 0 .. n - 1 -> Vec.dot sequence.Gradients[t] (away t) })

            let share = beta / (1.0 - beta)

            let terms = [
                for t in 0 .. n - 1 do
                    Vec.dot m[t] (away t)

                share * Vec.dot m[n - 1] (away (n - 1))

                for t in 0 .. n - 2 do
                    share * Vec.dot m[t] (response.Update t)
            ]

            let scale =
                List.sumBy abs terms
                + Seq.sum (seq { for t in 0 .. n - 1 -> Vec.norm sequence.Gradients[t] * Vec.norm (away t) })
                + Seq.sum (
                    seq {
                        for t in 0 .. n - 1 -> (1.0 + share) * Vec.norm (away t) * (Vec.norm response.Path[t]) / rate
                    }
                )

            [ Finding.equal "Σ⟨g_t, x_t − u⟩" n (List.sum terms) (1e-12 * scale) left ]

        law
            "U-3"
            "regret of averaged gradients"
            "Σ⟨g_t,x_t−u⟩ = Σ⟨m_t,x_t−u⟩ + β/(1−β)⟨m_T,x_T−u⟩ + β/(1−β)Σ_{t<T}⟨m_t,x_t−x_{t+1}⟩"
            "m_t = βm_{t−1} + (1−β)g_t, x_{t+1} = x_t − lr m_t"
            Identity
            (source "Alacaoglu et al." 2020 "Lemma 1")
            (Cases.feeds
                (GradientSequence.arbitrary 30 4)
                (Gen.zip (Draw.uniform 0.0 0.95) (Draw.logUniform 1e-2 1.0))
                (fun (beta, rate) -> sgd rate |> ema beta)
                judge)

    /// U-4.
    let preconditioned =
        let judge rate (sequence: GradientSequence) (response: Response) =
            let n, d = sequence.Steps, sequence.Dimension
            let u = comparator sequence
            let m = [| for t in 1..n -> response.Trail[t].Slot "adam.m" |]

            // The effective rate of every coordinate, from the state: lr/(1−β1^t)/(√v̂ + ε).
            let a =
                Array.init n (fun k ->
                    let c1, c2 = 1.0 - 0.9 ** float (k + 1), 1.0 - 0.999 ** float (k + 1)

                    response.Trail[k + 1].Slot "adam.v"
                    |> Array.map (fun v -> rate / c1 / (sqrt (v / c2) + 1e-8)))

            let mutable left, right, scale = 0.0, 0.0, 0.0

            for i in 0 .. d - 1 do
                let away t = response.Path[t][i] - u[i]
                let widest = Seq.max (seq { for t in 0..n -> abs (away t) })

                let growth t =
                    max 0.0 (1.0 / a[t][i] - 1.0 / a[t - 1][i])

                let bracket = 1.0 / a[0][i] + Seq.sum (seq { for t in 1 .. n - 1 -> growth t })
                right <- right + widest * widest / 2.0 * bracket

                for t in 0 .. n - 1 do
                    left <- left + m[t][i] * away t
                    right <- right + a[t][i] * m[t][i] * m[t][i] / 2.0
                    scale <- scale + abs (m[t][i] * away t)

            [ Finding.atMost "Σ⟨m_t, x_t − u⟩" n right (1e-9 * (scale + right)) left ]

        law
            "U-4"
            "regret under any preconditioner"
            "Σ⟨m_t,x_t−u⟩ ≤ Σ_i (D_i²/2)[1/a_{1,i} + Σ(1/a_{t,i} − 1/a_{t−1,i})₊] + ½Σ a_{t,i} m_{t,i}²"
            "x_{t+1} = x_t − a_t ⊙ m_t with any a_t > 0, here Adam's; D_i = max_t |x_{t,i} − u_i|"
            Valid
            (own "Abel summation of U-2")
            (Cases.feeds (GradientSequence.arbitrary 30 4) (Draw.logUniform 1e-3 1.0) adam judge)

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

        law
            "U-5"
            "averages of iterates stay in their hull, and below the average value"
            "min_k x_{k,i} ≤ x̄_i ≤ max_k x_{k,i}; f(x̄) ≤ Σ w_k f(x_k)"
            "f convex; polyakAverage, average, lookahead"
            Valid
            (source "Jensen" 1906 "inequality")
            (Cases.runs 20 Pools.convex settings build (fun (_, kind) run ->
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

    /// U-6.
    let interpolation =
        let tell (problem: Problem, point: float[]) =
            $"Problem.interpolation ({problem}) {Code.array problem.Start} {Code.array point}",
            fun (machine: Machine) ->
                let observed = {
                    problem with
                        Objective = machine.Observe problem.Objective
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
                Pools.smooth
                Nonsmooth.convex
                Nonsmooth.stronglyConvex
                Gen.map (fun (steep: SteepProblem) -> steep.Problem) Steep.problems
            ]

        law
            "U-6"
            "interpolation inequality: the problems are in their classes"
            "f(x) ≥ f(y) + ⟨g(y),x−y⟩ + [‖g(x)−g(y)‖²/L + m‖x−y‖² − 2q⟨g(y)−g(x),y−x⟩]/(2(1−q))"
            "f with lower curvature m (may be negative) and L-smooth (may be ∞), all x, y"
            (Attained "quadratics")
            (source "Taylor, Hendrickx and Glineur" 2017 "Theorem 4")
            (gen {
                let! problem = problems
                let! direction = Draw.vector problem.Dimension
                let! radius = Draw.logUniform 0.01 3.0
                let point = Vec.add problem.Start (Vec.scale radius direction)

                return
                    Trial.over
                        (fun (problem: Problem, point) ->
                            problem.Simpler()
                            |> Seq.filter (fun simpler -> simpler.Dimension = Array.length point)
                            |> Seq.map (fun simpler -> simpler, point))
                        tell
                        (problem, point)
            })

    // Nesterov's tridiagonal function L/4 (½ xᵀAx − x_1), A = tridiag(−1, 2, −1).
    let private tridiagonal (L: float) d : Problem =
        let a (x: float[]) i =
            2.0 * x[i]
            - (if i > 0 then x[i - 1] else 0.0)
            - (if i < d - 1 then x[i + 1] else 0.0)

        let f (x: float[]) =
            let ax = Array.init d (a x)

            let gradient =
                ax |> Array.mapi (fun i y -> L / 4.0 * (y - (if i = 0 then 1.0 else 0.0)))

            struct (L / 4.0 * (Vec.dot x ax / 2.0 - x[0]), gradient)

        let minimizer = Array.init d (fun i -> 1.0 - float (i + 1) / float (d + 1))
        let minimum = L / 8.0 * (1.0 / float (d + 1) - 1.0)

        {
            Objective = Problem.objective "tridiagonal" L 0.0 minimum (Some minimizer) d f
            Smoothness = L
            Convexity = 0.0
            Growth = 0.0
            Lipschitz = infinity
            Minimizer = Some minimizer
            Minimum = minimum
            Start = Vec.zero d
            Code = $"tridiagonal {Code.value L} {d}"
            Simpler = fun () -> Seq.empty
        }

    // Yogi starts with m = Initial > 0, which moves without a gradient.
    let private atRest =
        Pools.anyWithoutDecay
        |> Gen.filter (fun optimizer -> optimizer.Stages |> Seq.forall (fun placed -> not (placed.Stage :? Yogi)))

    /// U-7.
    let zeroChain =
        let still =
            Cases.feeds
                (Gen.map2
                    (fun d n -> {
                        Start = Array.init d (fun i -> float (i - 2))
                        Gradients = Array.init n (fun _ -> Vec.zero d)
                    })
                    (Gen.choose (1, 5))
                    (Gen.choose (1, 5)))
                atRest
                id
                (fun _ sequence response -> [
                    for k in 1 .. sequence.Steps ->
                        Finding.sameBits "p after zero gradients" k sequence.Start response.Path[k]
                ])

        let chain =
            Cases.worst
                10
                atRest
                (fun _ n -> tridiagonal 1.0 (2 * n + 1))
                (fun _ optimizer _ -> optimizer)
                (fun _ run ->
                    Cases.everyStep run (fun k ->
                        Finding.holds
                            $"x_k is zero beyond coordinate {k}"
                            k
                            (run.Points[k] |> Seq.skip k |> Seq.forall (fun x -> x = 0.0))))

        law
            "U-7"
            "zero gradient, zero update; zero chain"
            "g = 0 ⇒ u = 0; on Nesterov's tridiagonal function x_k has support {1, …, k}"
            "no weight decay; methods of spans and elementwise methods, from 0"
            Identity
            (source "Nesterov" 2004 "section 2.1.2")
            (Gen.oneof [ still; chain ])

    /// U-8.
    let lowerBound =
        let settings =
            Gen.oneof [
                Gen.map sgd (Draw.uniform 0.1 1.0)
                Gen.map (fun beta -> sgd 0.5 |> momentum beta) (Draw.uniform 0.0 0.95)
                Gen.map (fun beta -> sgd 1.0 |> nesterov beta) (Draw.uniform 0.0 0.95)
            ]

        law
            "U-8"
            "lower bound: too good to be true"
            "f(x_N) − f* ≥ 3 L R²/(32 (N+1)²) on Nesterov's tridiagonal function in 2N+1 dimensions"
            "methods whose steps lie in the span of the gradients, from 0"
            Valid
            (source "Nesterov" 2004 "Theorem 2.1.7")
            (Cases.worst
                15
                settings
                (fun _ n -> tridiagonal 1.0 (2 * n + 1))
                (fun _ optimizer _ -> optimizer)
                (fun _ run ->
                    let n = float run.Steps
                    let bound = 3.0 * run.Problem.Distance ** 2.0 / (32.0 * (n + 1.0) ** 2.0)

                    [
                        Finding.atMost "3LR²/(32(N+1)²)" run.Steps (run.Gap run.Steps) (1e-12 * bound) bound
                    ]))

    /// <summary>U-1 … U-8.</summary>
    let laws: Law list = [
        ledger
        regret
        emaRegret
        preconditioned
        averages
        interpolation
        zeroChain
        lowerBound
    ]
