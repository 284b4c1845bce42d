namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// What the laws of these files share.
module internal SubgradientParts =

    let square (run: Trajectory) k = run.NormAt k ** 2.0

    // η_0 … η_N of the law: the optimizer's own rates are what is tested.
    let rates (optimizer: Optimizer) n =
        let plan = optimizer.Plan 1
        Array.init n (fun t -> plan.RateAt(int64 t))

    let schedules =
        Gen.oneof [
            Gen.constant id
            Gen.constant inverseSqrt
            Gen.map cosine (Gen.choose (20, 60))
            Gen.map linear (Gen.choose (20, 60))
            Gen.map (fun n -> warmupStableDecay n 60 20) (Gen.choose (1, 10))
            Gen.map (fun n -> stepDecay n 0.5) (Gen.choose (3, 20))
            Gen.constant (oneCycle 60)
        ]

    let settings = Gen.zip (Draw.logUniform 1e-3 1.0) schedules
    let build _ (rate: float, words) (_: int) : Optimizer = sgd rate |> words

/// <summary>Subgradient methods on convex functions with kinks: averages, best iterates, linear decay.</summary>
[<RequireQualifiedAccess>]
module SubgradientLaws =

    open SubgradientParts

    /// SUB-1 of a run without stages, any schedule.
    let internal judgeFundamental (run: Trajectory) =
        let eta = rates run.Optimizer run.Steps
        let star = run.Problem.Minimizer.Value

        let products = [
            for t in 0 .. run.Steps - 1 -> eta[t] * Vec.dot run.Gradients[t] (Vec.sub run.Points[t] star)
        ]

        let squares = [ for t in 0 .. run.Steps - 1 -> eta[t] ** 2.0 * square run t ]
        let R2, last = run.Problem.Distance ** 2.0, run.DistanceAt run.Steps ** 2.0
        let right = (R2 - last) / 2.0 + List.sum squares / 2.0
        let gaps = List.sum [ for t in 0 .. run.Steps - 1 -> eta[t] * run.Gap t ]
        let scale = R2 + last + List.sum squares + List.sumBy abs products
        let size = Vec.norm star + run.Problem.Distance
        let slack = 1e-12 * (scale + size * size)

        [
            Finding.equal "Σ η⟨g, x−x*⟩" run.Steps right slack (List.sum products)
            Finding.atMost "Σ η(f−f*)" run.Steps (List.sum products) slack gaps
        ]

    /// SUB-1.
    let fundamental = {
        Id = "SUB-1"
        Name = "subgradient method: fundamental inequality"
        Statement = "Σ η_t⟨g_t,x_t−x*⟩ = (R² − ‖x_{T+1}−x*‖²)/2 + ½Σ η_t²‖g_t‖² ≥ Σ η_t(f_t−f*)"
        Assumptions = "f convex; any schedule"
        Tightness = Identity
        Source = source "Shor 1985; Nesterov" 2004 "section 3.2.3"
        Cases = Cases.runs 40 Nonsmooth.convex settings build (fun _ -> judgeFundamental)
    }

    let private bestBound = bound "G R/√(N+1)" (fun G R N -> G * R / sqrt (N + 1.0))

    /// SUB-2.
    let best =
        let rate (problem: Problem) n =
            problem.Distance / (problem.Lipschitz * sqrt (float (n + 1)))

        let build problem _ n = sgd (rate problem n)

        let bound (run: Trajectory) =
            bestBound.At run.Problem.Lipschitz run.Problem.Distance (float run.Steps)

        let least (run: Trajectory) =
            Seq.min (seq { for k in 0 .. run.Steps -> run.Gap k })

        {
            Id = "SUB-2"
            Name = "subgradient method: best iterate and average"
            Statement = $"min_k f_k − f* ≤ {bestBound} and f(x̄) − f* ≤ {bestBound}"
            Assumptions = "f convex, ‖g‖ ≤ G; η = R/(G√(N+1))"
            Tightness = Attained "max-type function with resisting oracle"
            Source = source "Nesterov" 2004 "section 3.2.3"
            Cases =
                (Cases.withWorst
                    (Cases.runs 50 Nonsmooth.convex (Gen.constant ()) build (fun () run ->
                        let mean = Vec.mean run.Points
                        let slack = 1e-12 * (bound run + run.Problem.Lipschitz * Vec.norm run.Problem.Start)

                        [
                            Finding.atMost "min f − f*" run.Steps (bound run) slack (least run)
                            Finding.atMost "f(x̄) − f*" run.Steps (bound run) slack (fst (run.Problem.At mean))
                        ]))
                    (Cases.worst
                        30
                        (Gen.zip (Draw.logUniform 0.1 10.0) (Draw.logUniform 0.1 10.0))
                        (fun (G, R) n -> Nonsmooth.resisting G R (n + 1))
                        build
                        (fun _ run ->
                            let n = run.Steps
                            let slack = 8.0 * float n * Vec.eps * bound run

                            [
                                Finding.equal "min f − f*" n (bound run) slack (least run)
                                for k in 0..n do
                                    Finding.equal "f − f*" k (bound run) slack (run.Gap k)
                                    // The oracle shows one coordinate at a time, and a step takes it to R/√d − η.
                                    if k < n then
                                        Finding.equal
                                            "‖u‖"
                                            k
                                            (rate run.Problem n * run.Problem.Lipschitz)
                                            slack
                                            (Vec.norm (run.Update k))
                            ])))
        }

    let private lastBound = bound "G R/√T" (fun G R T -> G * R / sqrt T)

    let private weightedBound =
        bound "(R² + Σ w_t²‖g_t‖²)/(2Σw)" (fun R squares weights -> (R * R + squares) / (2.0 * weights))

    /// SUB-3.
    let lastIterate =
        let rate (problem: Problem) T =
            problem.Distance / (problem.Lipschitz * sqrt (float T))

        // x_T after T−1 steps with rates (1 − t/T), t = 1 … T−1: the linear schedule, one step in.
        let build problem _ n =
            let T = n + 1

            sgd (rate problem T)
            |> schedule (Schedule.linearWith (LinearRamp(T - 1, From = 1.0 - 1.0 / float T, To = 0.0)))

        let bound (run: Trajectory) =
            lastBound.At run.Problem.Lipschitz run.Problem.Distance (float (run.Steps + 1))

        let weighted (weights: float[]) =
            let total = Array.sum weights
            let T = weights.Length
            let rates = [| for t in 0 .. T - 2 -> weights[t] * Array.sum weights[t + 1 ..] / total |]
            let largest = max 1e-300 (Array.max (Array.append rates [| 0.0 |]))
            let factors = rates |> Array.map (fun rate -> rate / largest)

            let steps =
                Array.foldBack
                    (fun (factor: float) next -> Schedule.andThen 1 next (Schedule.constant factor))
                    factors
                    (Schedule.constant 0.0)

            sgd largest |> schedule steps

        let general =
            let tell (problem: Problem, weights: float[]) =
                let n = weights.Length - 1
                let optimizer = weighted weights

                $"Trajectory.run ({optimizer}) ({problem}) {n}",
                fun subject ->
                    let run = Trajectory.runOn subject optimizer problem n
                    let sum = Seq.sum (seq { for t in 0..n -> weights[t] ** 2.0 * square run t })
                    let bound = weightedBound.At run.Problem.Distance sum (Array.sum weights)

                    [
                        Finding.atMost
                            "f(x_T) − f*"
                            n
                            bound
                            (1e-12 * (bound + run.Problem.Lipschitz * Vec.norm run.Problem.Start))
                            (run.Gap n)
                    ]

            gen {
                let! problem = Nonsmooth.convex
                let! n = Gen.choose (2, 15)
                let! weights = Gen.arrayOfLength n (Draw.logUniform 0.01 1.0)

                return
                    Case.over
                        (fun (problem: Problem, weights) ->
                            problem.Simpler() |> Seq.map (fun simpler -> simpler, weights))
                        tell
                        (problem, weights)
            }

        {
            Id = "SUB-3"
            Name = "subgradient method with linear decay: last iterate"
            Statement =
                $"f(x_T) − f* ≤ {weightedBound}, η_t = w_t Σ_{{s>t}}w_s/Σw; ≤ {lastBound} for η_t = R/(G√T)(1−t/T)"
            Assumptions = "f convex, ‖g‖ ≤ G; t = 1 … T, x_T after T−1 steps"
            Tightness = Attained "max-type function with resisting oracle"
            Source = source "Defazio et al." 2023 "Theorem 1; Zamani and Glineur 2023"
            Cases =
                (Gen.oneof [
                    Cases.runs 40 Nonsmooth.convex (Gen.constant ()) build (fun () run ->
                        let slack = 1e-12 * (bound run + run.Problem.Lipschitz * Vec.norm run.Problem.Start)
                        [ Finding.atMost "f(x_T) − f*" run.Steps (bound run) slack (run.Gap run.Steps) ])
                    Cases.worst
                        30
                        (Gen.zip (Draw.logUniform 0.1 10.0) (Draw.logUniform 0.1 10.0))
                        (fun (G, R) n -> Nonsmooth.resisting G R (n + 1))
                        build
                        (fun _ run ->
                            let slack = 8.0 * float run.Steps * Vec.eps * bound run

                            [
                                Finding.equal "f(x_T) − f*" run.Steps (bound run) slack (run.Gap run.Steps)
                                for k in 0 .. run.Steps - 1 do
                                    let T = float (run.Steps + 1)
                                    let eta = rate run.Problem (run.Steps + 1) * (1.0 - float (k + 1) / T)
                                    Finding.equal "‖u‖" k (eta * run.Problem.Lipschitz) slack (Vec.norm (run.Update k))
                            ])
                    general
                ])
        }

    /// <summary>SUB-1 … SUB-3.</summary>
    let laws: Law list = [ fundamental; best; lastIterate ]
