namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Subgradient methods with any schedule, on strongly convex functions, and on any gradients.</summary>
[<RequireQualifiedAccess>]
module SubgradientSchedules =

    open SubgradientParts

    /// SUB-4 of a run without stages, any schedule.
    let internal judgeLast (run: Trajectory) =
        let T = run.Steps + 1
        let eta = rates run.Optimizer T
        let tail = Array.scanBack (+) eta 0.0
        let weight = Array.init T (fun t -> eta[t] ** 2.0 * square run t)
        let heavy = Array.scanBack (+) weight 0.0
        // Steps of rate 0 at the end leave the last iterate where it is.
        let T =
            match Array.tryFindIndexBack (fun x -> x > 0.0) eta with
            | Some i -> i + 1
            | None -> 0

        if T < 2 then
            []
        else
            let first = (run.Problem.Distance ** 2.0 + heavy[0]) / (2.0 * tail[0])

            let rest =
                Seq.sum (seq { for k in 0 .. T - 2 -> eta[k] / (tail[k + 1] * tail[k]) * heavy[k] })
                / 2.0

            let bound = first + rest

            [
                Finding.atMost
                    "f(x_T) − f*"
                    (T - 1)
                    bound
                    (1e-11 * (bound + run.Problem.Lipschitz * Vec.norm run.Problem.Start))
                    (run.Gap(T - 1))
            ]

    /// SUB-4.
    let anySchedule = {
        Id = "SUB-4"
        Name = "subgradient method with any schedule: last iterate"
        Statement =
            "f(x_T) − f* ≤ (R² + Ση_t²‖g_t‖²)/(2S_1) + ½Σ_{k<T} η_k/(S_{k+1}S_k) Σ_{t≥k} η_t²‖g_t‖², S_k = Σ_{t≥k}η_t"
        Assumptions = "f convex; any schedule: cosine, warm-up-stable-decay, steps, one cycle"
        Tightness = Valid
        Source = source "Orabona 2020; Schaipp et al. 2025; Defazio et al." 2023 ""
        Cases = Cases.runs 30 Nonsmooth.convex settings build (fun _ -> judgeLast)
    }

    /// SUB-5.
    let stronglyConvex = {
        Id = "SUB-5"
        Name = "subgradient method on strongly convex functions"
        Statement = "f(x̄) − f* ≤ (2/(mT(T+1))) Σ (t/(t+1))‖g_t‖², x̄ = 2/(T(T+1)) Σ t x_t"
        Assumptions = "f m-strongly convex; η_t = 2/(m(t+1)), t = 1 … T"
        Tightness = Valid
        Source = source "Lacoste-Julien, Schmidt and Bach" 2012 "section 3.2"
        Cases =
            (Cases.runs
                40
                Nonsmooth.stronglyConvex
                (Gen.constant ())
                (fun problem () _ -> sgd (1.0 / problem.Convexity) |> schedule (Schedule.inverseTime 0.5))
                (fun () run ->
                    let T, m = run.Steps, run.Problem.Convexity
                    let n = float T

                    let mean =
                        Seq.fold
                            Vec.add
                            (Vec.zero run.Problem.Dimension)
                            (seq { for t in 1..T -> Vec.scale (2.0 * float t / (n * (n + 1.0))) run.Points[t - 1] })

                    let sum =
                        Seq.sum (seq { for t in 1..T -> float t / float (t + 1) * square run (t - 1) })

                    let bound = 2.0 / (m * n * (n + 1.0)) * sum
                    let size = Vec.norm run.Problem.Start + run.Problem.Distance

                    [
                        Finding.atMost
                            "f(x̄) − f*"
                            T
                            bound
                            (1e-12 * (bound + (1.0 + m * size) * size))
                            (fst (run.Problem.At mean))
                    ]))
    }

    let private onlineBound =
        bound "‖x_1−u‖²/(2η) + (η/2)Σ‖g_t‖²" (fun distance rate squares ->
            distance ** 2.0 / (2.0 * rate) + rate / 2.0 * squares)

    /// OGD of a response with a constant rate.
    let internal judgeOnline (rate: float) (sequence: GradientSequence) (response: Response) =
        let u = Array.init sequence.Dimension (fun i -> cos (float (5 * i + 1)))

        let terms = [
            for t in 0 .. sequence.Steps - 1 -> Vec.dot sequence.Gradients[t] (Vec.sub response.Path[t] u)
        ]

        let squares = Seq.sum (seq { for g in sequence.Gradients -> Vec.dot g g })

        let bound = onlineBound.At (Vec.distance sequence.Start u) rate squares

        [
            Finding.atMost "regret" sequence.Steps bound (1e-9 * (bound + List.sumBy abs terms)) (List.sum terms)
        ]

    /// OGD.
    let online = {
        Id = "OGD"
        Name = "online gradient descent: regret"
        Statement = $"Σ⟨g_t, x_t−u⟩ ≤ {onlineBound}"
        Assumptions = "any gradients, any u in the ball; projections allowed"
        Tightness = Valid
        Source = source "Zinkevich" 2003 "Theorem 1"
        Cases =
            (Cases.feeds
                (GradientSequence.arbitrary 40 4)
                (Draw.logUniform 1e-3 1.0)
                (fun rate -> sgd rate |> ball 100.0)
                judgeOnline)
    }

    /// <summary>SUB-4, SUB-5, OGD.</summary>
    let laws: Law list = [ anySchedule; stronglyConvex; online ]
