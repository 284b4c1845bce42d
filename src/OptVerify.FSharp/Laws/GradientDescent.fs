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
    let power (x: float) (n: int) = x ** float n

    let half (run: Trajectory) =
        run.Problem.Smoothness * run.Problem.Distance * run.Problem.Distance / 2.0

    let slowest h k =
        max (1.0 / (2.0 * float k * h + 1.0)) (power (1.0 - h) (2 * k))

    // The last step must meet the bound. Where it lands on Huber's knee, the gradient there has the error of the position.
    let attained (run: Trajectory) what (bound: int -> float) slack (value: int -> float) =
        let n = run.Steps
        [ Finding.equal what n (bound n) (slack run bound n) (value n) ]

    let below (run: Trajectory) what (bound: int -> float) slack (value: int -> float) =
        Cases.everyStep run (fun k -> Finding.atMost what k (bound k) (slack run bound k) (value k))

    let huberOrLine knee (h, L, R) n =
        if 1.0 / (2.0 * float n * h + 1.0) >= power (1.0 - h) (2 * n) then
            Piecewise.huber L (R / knee n h) R
        else
            Quadratics.line L R

    let longStep = Draw.inside 0.0 2.0

    let gapBound (run: Trajectory) h k = half run * slowest h k

/// <summary>Gradient descent on convex smooth functions: bounds on the last iterate.</summary>
[<RequireQualifiedAccess>]
module GradientDescent =

    open GradientDescentParts

    /// GD-1 of a run with steps h/L.
    let internal judgeGap (h: float) (run: Trajectory) =
        below run "f(x) − f*" (gapBound run h) Slack.gap run.Gap

    /// GD-1.
    let gap =
        law
            "GD-1"
            "gradient descent: gap of the last iterate"
            "f(x_N) − f* ≤ (L R²/2) max(1/(2Nh+1), (1−h)^(2N))"
            "f convex, L-smooth; η = h/L, 0 < h < 2"
            (Attained "Huber's function, Lx²/2")
            (source "J. Kim" 2024 "arXiv 2412.04427; h ≤ 1: Drori and Teboulle 2014, Theorem 3.1")
            (Cases.withWorst
                (Cases.runs steps ProblemDraws.convex longStep build judgeGap)
                (Cases.worst
                    steps
                    (ProblemDraws.scaled longStep)
                    (huberOrLine (fun n h -> 2.0 * float n * h + 1.0))
                    buildWorst
                    (fun (h, _, _) run -> attained run "f(x) − f*" (gapBound run h) Slack.exactGap run.Gap)))

    /// GD-2 of a run with steps h/L.
    let internal judgeClassical (h: float) (run: Trajectory) =
        Cases.everyStep run (fun k ->
            let bound k = half run / (h * float (max 1 k))
            Finding.atMost "f(x) − f*" k (bound k) (Slack.gap run bound k) (run.Gap k))

    /// GD-2.
    let classical =
        law
            "GD-2"
            "gradient descent: classical gap"
            "f(x_N) − f* ≤ R²/(2ηN)"
            "f convex, L-smooth; 0 < η ≤ 1/L"
            Valid
            (source "Nesterov" 2004 "Corollary 2.1.2; implied by GD-1")
            (Cases.runs steps ProblemDraws.convex (Draw.inside 0.0 1.0) build judgeClassical)

    let private slowestNorm h k =
        max (1.0 / (float k * h + 1.0)) (power (abs (1.0 - h)) k)

    let private normBound (run: Trajectory) h k =
        run.Problem.Smoothness * run.Problem.Distance * slowestNorm h k

    /// GD-3 of a run with steps h/L.
    let internal judgeNorm (h: float) (run: Trajectory) =
        below run "‖g‖" (normBound run h) Slack.gradient run.NormAt

    /// GD-3.
    let norm =
        let worst (h, L, R) n =
            if 1.0 / (float n * h + 1.0) >= power (abs (1.0 - h)) n then
                Piecewise.huber L (R / (float n * h + 1.0)) R
            else
                Quadratics.line L R

        law
            "GD-3"
            "gradient descent: gradient norm against distance"
            "‖g_N‖ ≤ L R max(1/(Nh+1), |1−h|^N)"
            "f convex, L-smooth; η = h/L, 0 < h < 2 (h > 1 conjectured)"
            (Attained "Huber's function, Lx²/2")
            (source "Teboulle and Vaisbourd" 2023 "h ≤ 1; to 2: Taylor 2017, conjecture")
            (Cases.withWorst
                (Cases.runs steps ProblemDraws.convex longStep build judgeNorm)
                (Cases.worst steps (ProblemDraws.scaled longStep) worst buildWorst (fun (h, _, _) run ->
                    attained run "‖g‖" (normBound run h) Slack.gradient run.NormAt)))

    let private squareBound (run: Trajectory) h k =
        2.0 * run.Problem.Smoothness * run.Gap 0 * slowest h k

    let private squareSlack run = Slack.square (Slack.gradient run)

    /// GD-4 of a run with steps h/L.
    let internal judgeNormByGap (h: float) (run: Trajectory) =
        below run "‖g‖²" (squareBound run h) squareSlack (fun k -> run.NormAt k ** 2.0)

    /// GD-4.
    let normByGap =
        law
            "GD-4"
            "gradient descent: gradient norm against gap"
            "‖g_N‖² ≤ 2L(f_0 − f*) max(1/(2Nh+1), (1−h)^(2N))"
            "f convex, L-smooth; η = h/L, 0 < h < 2"
            (Attained "Huber's function, Lx²/2")
            (source "J. Kim" 2024 "arXiv 2412.04435; Rotaru, Glineur and Patrinos 2024, 2406.17506")
            (Cases.withWorst
                (Cases.runs steps ProblemDraws.convex longStep build judgeNormByGap)
                (Cases.worst
                    steps
                    (ProblemDraws.scaled longStep)
                    (huberOrLine (fun n h -> float n * h + 1.0))
                    buildWorst
                    (fun (h, _, _) run ->
                        attained run "‖g‖²" (squareBound run h) squareSlack (fun k -> run.NormAt k ** 2.0))))

    /// <summary>GD-1 … GD-4.</summary>
    let laws: Law list = [ gap; classical; norm; normByGap ]
