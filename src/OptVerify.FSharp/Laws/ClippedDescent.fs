namespace OptVerify

open System
open FsCheck
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>Clipped steps on (L₀, L₁)-smooth functions: what clipping by norm is for.</summary>
[<RequireQualifiedAccess>]
module ClippedDescent =

    // Runs on steep functions; the share in [−1, 1] is for the optimizer to use.
    let private runs steps problems (build: SteepProblem -> float -> Optimizer) judge =
        let tell (steep: SteepProblem, share: float) =
            let optimizer = build steep share

            $"Trajectory.run ({optimizer}) ({steep.Problem}) {steps}",
            fun subject -> judge steep (Trajectory.runOn subject optimizer steep.Problem steps)

        Gen.map2
            (fun steep share -> Case.over (fun _ -> Seq.empty) tell (steep, share))
            problems
            (Draw.uniform -1.0 1.0)

    // e^t − t − 1 without cancellation.
    let private curve t =
        if t < 1e-4 then
            t * t / 2.0 * (1.0 + t / 3.0)
        else
            Math.Exp t - t - 1.0

    let private growthBound =
        bound "f + ⟨g,d⟩ + (L₀+L₁‖g‖)/L₁² (e^t − t − 1), t = L₁‖d‖" (fun f slope L0 L1 norm length ->
            f + slope + (L0 + L1 * norm) / (L1 * L1) * curve (L1 * length))

    /// CLIP-3.
    let growth = {
        Id = "CLIP-3"
        Name = "(L₀, L₁)-smooth functions: growth"
        Statement = $"f(x+d) ≤ {growthBound}"
        Assumptions = "‖∇²f‖ ≤ L₀ + L₁‖∇f‖; d the update of any clipped step"
        Tightness = Valid
        Source = source "Vankov et al." 2024 "2410.10800, by Gronwall"
        Cases =
            runs 5 SteepFunctions.problems (fun _ share -> sgd 1.0 |> clip (abs share + 0.01)) (fun steep run ->
                Cases.everyUpdate run (fun k ->
                    let u, f = run.Update k, run.Values[k]
                    let slope = -(Vec.dot run.Gradients[k] u)

                    let bound =
                        growthBound.At f slope steep.Floor steep.Relative (run.NormAt k) (Vec.norm u)

                    let size = abs f + run.NormAt k * (Vec.norm run.Points[k] + Vec.norm u)
                    Finding.atMost "f⁺" k bound (1e-12 * (size + abs bound)) run.Values[k + 1]))
    }

    // lr = 1/(4L₀) and c = 4L₀/(2(e−1)L₁).
    let private rate (steep: SteepProblem) = 1.0 / (4.0 * steep.Floor)

    let private threshold (steep: SteepProblem) =
        4.0 * steep.Floor / (2.0 * (Math.E - 1.0) * steep.Relative)

    let private descentBound =
        bound "f_k − (η_k/2)‖g_k‖²" (fun f eta norm -> f - eta / 2.0 * norm ** 2.0)

    /// CLIP-4.
    let descent = {
        Id = "CLIP-4"
        Name = "clipped gradient descent on (L₀, L₁)-smooth functions"
        Statement = $"f_{{k+1}} ≤ {descentBound}, η_k = min(lr, lr c/‖g_k‖), lr = 1/(4L₀), c = 4L₀/(2(e−1)L₁)"
        Assumptions = "‖∇²f‖ ≤ L₀ + L₁‖∇f‖, L₀ > 0. Unclipped, the same rate diverges on cosh and x⁴ from 8"
        Tightness = Valid
        Source = source "Zhang et al." 2020 "constants A = 2, B = e−1"
        Cases =
            runs 40 SteepFunctions.floored (fun steep _ -> sgd (rate steep) |> clip (threshold steep)) (fun steep run ->
                Cases.everyUpdate run (fun k ->
                    let norm = run.NormAt k
                    let eta = min (rate steep) (rate steep * threshold steep / norm)
                    let bound = descentBound.At run.Values[k] eta norm
                    let slack = 1e-12 * (abs run.Values[k] + norm * Vec.norm run.Points[k])
                    Finding.atMost "f⁺" k bound slack run.Values[k + 1]))
    }

    /// <summary>CLIP-3, CLIP-4.</summary>
    let laws: Law list = [ growth; descent ]
