namespace OptVerify

open System
open FsCheck.FSharp
open OptCore
open OptDsl

/// <summary>
/// Silver steps (Altschuler and Parrilo 2023) as a schedule: 1 + (1+√2)^(v−1), v the exponent of 2 in t+1. Some steps are
/// longer than 2/L.
/// </summary>
type SilverSteps() =

    /// The factor at step t.
    member _.At(step: int64) =
        1.0
        + (1.0 + sqrt 2.0)
          ** float (Numerics.BitOperations.TrailingZeroCount(step + 1L) - 1)

    /// Two schedules of silver steps are the same.
    override _.Equals other = other :? SilverSteps

    /// One value for all.
    override _.GetHashCode() = 17

    /// The code.
    override _.ToString() = "SilverSteps()"

    interface ISchedule with
        member schedule.At step = schedule.At step
        member _.Equation = "1 + (1+√2)^(v₂(t+1)−1)"

/// What the laws of these files share.
module internal GradientDescentParts =

    let steps = 50
    let build (problem: Problem) (h: float) (_: int) = sgd (h / problem.Smoothness)
    let buildWorst (problem: Problem) (h: float, _: float, _: float) (_: int) = sgd (h / problem.Smoothness)

    /// A bound at the steps 1 … N.
    let below (run: Trajectory) what (bound: int -> float) slack (value: int -> float) =
        Cases.everyStep run (fun k -> Finding.atMost what k (bound k) (slack run bound k) (value k))

    // The last step must meet the bound. Where it lands on Huber's knee, the gradient there has the error of the position.
    let attained (run: Trajectory) what (bound: int -> float) slack (value: int -> float) =
        let n = run.Steps
        [ Finding.equal what n (bound n) (slack run bound n) (value n) ]

    /// Huber's function while its factor is the larger one of a bound, then the line.
    let huberOrLine p knee (h, L, R) n =
        let N = float n

        if 1.0 / (p * N * h + 1.0) >= abs (1.0 - h) ** (p * N) then
            Piecewise.huber L (R / (knee * N * h + 1.0)) R
        else
            Quadratics.line L R

    let longStep = Draw.inside 0.0 2.0

/// <summary>Gradient descent on convex smooth functions: bounds on the last iterate.</summary>
[<RequireQualifiedAccess>]
module GradientDescent =

    open GradientDescentParts

    // Random problems, and the functions that attain a bound on some value of the last iterate.
    let private cases judge worst (bound: Bound<Problem -> float -> float -> float>) slack what value =
        Cases.withWorst
            (Cases.runs steps ProblemDraws.convex longStep build judge)
            (Cases.worst steps (ProblemDraws.scaled longStep) worst buildWorst (fun (h, _, _) run ->
                attained run what (fun n -> bound.At run.Problem h (float n)) slack (value run)))

    let private gapBound =
        bound "(L R²/2) max(1/(2Nh+1), (1−h)^(2N))" (fun (f: Problem) h N ->
            let L, R = f.Smoothness, f.Distance
            L * R * R / 2.0 * max (1.0 / (2.0 * N * h + 1.0)) ((1.0 - h) ** (2.0 * N)))

    /// GD-1 of a run with steps h/L.
    let internal judgeGap (h: float) (run: Trajectory) =
        below run "f(x) − f*" (fun n -> gapBound.At run.Problem h (float n)) Slack.gap run.Gap

    /// GD-1.
    let gap = {
        Id = "GD-1"
        Name = "gradient descent: gap of the last iterate"
        Statement = $"f(x_N) − f* ≤ {gapBound}"
        Assumptions = "f convex, L-smooth; η = h/L, 0 < h < 2"
        Tightness = Attained "Huber's function, Lx²/2"
        Source = source "J. Kim" 2024 "arXiv 2412.04427; h ≤ 1: Drori and Teboulle 2014, Theorem 3.1"
        Cases = cases judgeGap (huberOrLine 2.0 2.0) gapBound Slack.exactGap "f(x) − f*" (fun run -> run.Gap)
    }

    let private classicalBound =
        bound "R²/(2ηN)" (fun (f: Problem) eta N -> f.Distance ** 2.0 / (2.0 * eta * N))

    /// GD-2 of a run with steps h/L.
    let internal judgeClassical (h: float) (run: Trajectory) =
        let bound k =
            classicalBound.At run.Problem (h / run.Problem.Smoothness) (float (max 1 k))

        below run "f(x) − f*" bound Slack.gap run.Gap

    /// GD-2.
    let classical = {
        Id = "GD-2"
        Name = "gradient descent: classical gap"
        Statement = $"f(x_N) − f* ≤ {classicalBound}"
        Assumptions = "f convex, L-smooth; 0 < η ≤ 1/L"
        Tightness = Valid
        Source = source "Nesterov" 2004 "Corollary 2.1.2; implied by GD-1"
        Cases = Cases.runs steps ProblemDraws.convex (Draw.inside 0.0 1.0) build judgeClassical
    }

    let private normBound =
        bound "L R max(1/(Nh+1), |1−h|^N)" (fun (f: Problem) h N ->
            f.Smoothness * f.Distance * max (1.0 / (N * h + 1.0)) (abs (1.0 - h) ** N))

    /// GD-3 of a run with steps h/L.
    let internal judgeNorm (h: float) (run: Trajectory) =
        below run "‖g‖" (fun n -> normBound.At run.Problem h (float n)) Slack.gradient run.NormAt

    /// GD-3.
    let norm = {
        Id = "GD-3"
        Name = "gradient descent: gradient norm against distance"
        Statement = $"‖g_N‖ ≤ {normBound}"
        Assumptions = "f convex, L-smooth; η = h/L, 0 < h < 2 (h > 1 conjectured)"
        Tightness = Attained "Huber's function, Lx²/2"
        Source = source "Teboulle and Vaisbourd" 2023 "h ≤ 1; to 2: Taylor 2017, conjecture"
        Cases = cases judgeNorm (huberOrLine 1.0 1.0) normBound Slack.gradient "‖g‖" (fun run -> run.NormAt)
    }

    let private squareBound =
        bound "2L(f_0 − f*) max(1/(2Nh+1), (1−h)^(2N))" (fun (f: Problem) h N ->
            let gap = fst (f.At f.Start) - f.Minimum

            2.0
            * f.Smoothness
            * gap
            * max (1.0 / (2.0 * N * h + 1.0)) ((1.0 - h) ** (2.0 * N)))

    let private squareSlack run = Slack.square (Slack.gradient run)
    let private square (run: Trajectory) k = run.NormAt k ** 2.0

    /// GD-4 of a run with steps h/L.
    let internal judgeNormByGap (h: float) (run: Trajectory) =
        below run "‖g‖²" (fun n -> squareBound.At run.Problem h (float n)) squareSlack (square run)

    /// GD-4.
    let normByGap = {
        Id = "GD-4"
        Name = "gradient descent: gradient norm against gap"
        Statement = $"‖g_N‖² ≤ {squareBound}"
        Assumptions = "f convex, L-smooth; η = h/L, 0 < h < 2"
        Tightness = Attained "Huber's function, Lx²/2"
        Source = source "J. Kim" 2024 "arXiv 2412.04435; Rotaru, Glineur and Patrinos 2024, 2406.17506"
        Cases = cases judgeNormByGap (huberOrLine 2.0 1.0) squareBound squareSlack "‖g‖²" square
    }

    /// <summary>GD-1 … GD-4.</summary>
    let laws: Law list = [ gap; classical; norm; normByGap ]
