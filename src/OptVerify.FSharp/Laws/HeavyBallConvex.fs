namespace OptVerify

open FsCheck
open FsCheck.FSharp
open OptDsl

/// <summary>The heavy ball on convex functions and on any gradients.</summary>
[<RequireQualifiedAccess>]
module HeavyBallConvex =

    open HeavyBallParts

    let private ghadimiBound =
        bound "(1−am)^N (f_0 − f*)" (fun am gap N -> (1.0 - am) ** N * gap)

    /// HB-5 of a run with steps h/L.
    let internal judgeGhadimi (h: float) (run: Trajectory) =
        Cases.everyStep run (fun k ->
            let bound = ghadimiBound.At (h * run.Problem.Ratio) (run.Gap 0) (float k)

            let slack =
                Slack.floor run k * (run.NormAt k + run.Problem.Smoothness * Slack.floor run k)

            Finding.atMost "f − f*" k bound (1e-12 * bound + float k * slack) (run.Gap k))

    /// HB-5.
    let ghadimi = {
        Id = "HB-5"
        Name = "heavy ball on strongly convex functions"
        Statement = $"f(x_N) − f* ≤ {ghadimiBound}"
        Assumptions = "f m-strongly convex, L-smooth; 0 < a ≤ 1/L, b = √((1−am)(1−La))"
        Tightness = Valid
        Source = source "Ghadimi, Feyzmahdavian and Johansson" 2015 "Theorem 4"
        Cases =
            (Cases.runs
                50
                ProblemDraws.stronglyConvex
                (Draw.inside 0.0 1.0)
                (fun problem h _ -> ball (h / problem.Smoothness) (sqrt ((1.0 - h * problem.Ratio) * (1.0 - h))))
                judgeGhadimi)
    }

    let private meanBound =
        bound "[b/(1−b)(f_0−f*) + (1−b)/(2a) R²]/(T+1)" (fun a b gap R T ->
            (b / (1.0 - b) * gap + (1.0 - b) / (2.0 * a) * R * R) / (T + 1.0))

    let private longBound =
        bound "[2b(f_0−f*) + (1−b)²R²/a]/(2(T+1)(2(1−b)−aL))" (fun L a b gap R T ->
            (2.0 * b * gap + (1.0 - b) ** 2.0 * R * R / a)
            / (2.0 * (T + 1.0) * (2.0 * (1.0 - b) - a * L)))

    /// HB-6 of a run with momentum b, at the mean of x_0 … x_T.
    let internal judgeMean (b: float) (mean: float[]) (run: Trajectory) =
        let T = float run.Steps
        let L, a = run.Problem.Smoothness, run.Optimizer.Rate
        let R = run.Problem.Distance

        let bound =
            if a * L <= 1.0 - b then
                meanBound.At a b (run.Gap 0) R T
            else
                longBound.At L a b (run.Gap 0) R T

        let slack = Slack.floor run run.Steps
        let gap = fst (run.Problem.At mean) - run.Problem.Minimum

        [
            Finding.atMost "f(x̄) − f*" run.Steps bound (1e-12 * bound + L * slack * (run.Problem.Distance + slack)) gap
        ]

    /// HB-6.
    let cesaro =
        let settings = Gen.zip (Draw.uniform 0.0 0.9) (Draw.inside 0.0 2.0)

        let build (problem: Problem) (b: float, share: float) (_: int) =
            ball (share * (1.0 - b) / problem.Smoothness) b |> polyakAverage

        {
            Id = "HB-6"
            Name = "heavy ball on convex functions: average of the iterates"
            Statement = $"f(x̄) − f* ≤ {meanBound} for a ≤ (1−b)/L, {longBound} for a < 2(1−b)/L"
            Assumptions = "f convex, L-smooth, x̄ the mean of x_0 … x_T; 0 ≤ b < 1, 0 < a < 2(1−b)/L"
            Tightness = Valid
            Source = source "Ghadimi, Feyzmahdavian and Johansson" 2015 "Theorems 1 and 2"
            Cases =
                (Cases.runs 50 ProblemDraws.convex settings build (fun (b, _) run ->
                    let T = float run.Steps

                    // polyakAverage is the mean of x_1 … x_T.
                    let mean =
                        run.States[run.Steps].Slot "polyakAverage"
                        |> Array.map2 (fun first mean -> (first + T * mean) / (T + 1.0)) run.Problem.Start

                    judgeMean b mean run))
        }

    let private lastBound =
        bound "L R²/(2(N+1))" (fun (f: Problem) N -> f.Smoothness * f.Distance ** 2.0 / (2.0 * (N + 1.0)))

    /// HB-7.
    let lastIterate =
        let build (problem: Problem) _ (_: int) =
            sgd (1.0 / problem.Smoothness)
            |> schedule (Schedule.inverseTime 0.5 |> Schedule.scaleBy 0.5)
            |> stage (HeavyBallSequence(FractionCoefficients 2))

        let bound (run: Trajectory) k = lastBound.At run.Problem (float k)

        {
            Id = "HB-7"
            Name = "heavy ball with growing momentum: last iterate"
            Statement = $"f(x_N) − f* ≤ {lastBound}"
            Assumptions = "f convex, L-smooth; a_t = 1/(L(t+2)), b_t = t/(t+2)"
            Tightness = Attained "Huber's function"
            Source = source "Goujaud, Taylor and Dieuleveut" 2022 "Theorems 2.3 and 2.4; Ghadimi et al. 2015"
            Cases =
                (Cases.withWorst
                    (Cases.runs 50 ProblemDraws.convex (Gen.constant 0.0) build (fun _ run ->
                        Cases.everyStep run (fun k ->
                            let slack = Slack.floor run k

                            Finding.atMost
                                "f − f*"
                                k
                                (bound run k)
                                (1e-12 * bound run k + slack * (run.NormAt k + run.Problem.Smoothness * slack))
                                (run.Gap k))))
                    (Cases.worst
                        50
                        (Gen.zip (Draw.logUniform 0.1 10.0) (Draw.logUniform 0.1 10.0))
                        (fun (L, R) n -> Piecewise.huber L (R / float (n + 1)) R)
                        (fun problem _ n -> build problem 0.0 n)
                        (fun _ run ->
                            let n = run.Steps

                            [
                                Finding.equal
                                    "f − f*"
                                    n
                                    (bound run n)
                                    (8.0 * float n * Vec.eps * bound run n)
                                    (run.Gap n)
                            ])))
        }

    /// HB-9 of a response with a constant rate and momentum b, the only stage with a slot.
    let internal judgeTelescoping (rate: float, b: float) (sequence: GradientSequence) (response: Response) =
        let total = Array.reduce Vec.add sequence.Gradients
        let last = response.Trail[sequence.Steps]
        let v = last.Slot(Seq.exactlyOne last.SlotNames)
        let expected = Vec.scale (-rate / (1.0 - b)) (Vec.sub total (Vec.scale b v))

        let size =
            (Seq.sumBy Vec.norm sequence.Gradients) * rate / (1.0 - b)
            + Vec.norm sequence.Start * float sequence.Steps

        [
            Finding.close "x_T − x_0" sequence.Steps size 1e-13 expected (Vec.sub response.Last sequence.Start)
        ]

    /// HB-9.
    let telescoping = {
        Id = "HB-9"
        Name = "heavy ball: telescoping"
        Statement = "x_T − x_0 = −(lr/(1−b)) (Σ_{t<T} g_t − b v_T)"
        Assumptions = "constant lr, any gradients"
        Tightness = Identity
        Source = own "sum of the recursion of v"
        Cases =
            (Cases.feeds
                (GradientSequence.arbitrary 30 4)
                (Gen.zip (Draw.logUniform 1e-3 1.0) (Draw.uniform 0.0 0.95))
                (fun (rate, b) -> ball rate b)
                judgeTelescoping)
    }

    /// <summary>HB-5 … HB-7, HB-9.</summary>
    let laws: Law list = [ ghadimi; cesaro; lastIterate; telescoping ]
