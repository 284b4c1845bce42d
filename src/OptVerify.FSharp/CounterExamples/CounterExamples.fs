namespace OptVerify

open System
open OptCore

/// <summary>The counter-examples of section 4 of the table of theory: claims that a verifier must not believe.</summary>
/// <example><code>CounterExamples.all |> List.map (CounterExample.run >> CounterExample.report)</code></example>
[<RequireQualifiedAccess>]
module CounterExamples =

    let private sgd rate = Optimizer.Sgd rate

    let private heavyBall rate beta =
        (Optimizer.Sgd rate).With(Momentum beta)

    /// <summary>CE-1: a heavy ball with the best rate on quadratics runs in an exact circle of three points in one dimension.</summary>
    let lessardRechtPackard: CounterExample = {
        Name = "CE-1"
        Claim = "the heavy ball tuned for m = 1, L = 25 converges on every function of that class"
        Source = "Lessard, Recht and Packard 2016, section 4.6"
        Optimizer = heavyBall (1.0 / 9.0) (4.0 / 9.0)
        ObjectiveCode = "CounterExampleFunctions.lessardRechtPackard"
        Objective = CounterExampleFunctions.lessardRechtPackard
        Start = [| 3.3 |]
        Steps = 600
        Expected = "the circle 792/1225 → −2208/1225 → 2592/1225"
        Refute = FailureModes.circles 3
        Control = Some(sgd (2.0 / 26.0))
    }

    /// <summary>CE-2: Polyak's tuning runs in a circle from the condition number (2+√5)² = 17.944 on.</summary>
    let polyakTuning: CounterExample =
        let tuned = heavyBall (4.0 / 121.0) (81.0 / 121.0)

        let cycle =
            LinearModel.ofCoefficients (4.0 / 121.0) (81.0 / 121.0) 0.0
            |> Cycle.find (1.0, 100.0)
            |> Option.get

        {
            Name = "CE-2"
            Claim = "Polyak's tuning for m = 1, L = 100 converges on every function of that class"
            Source = "Goujaud, Taylor and Dieuleveut 2023, Theorem 3.5"
            Optimizer = tuned
            ObjectiveCode = $"(CounterExampleFunctions.polygon (1.0, 100.0) {cycle.Corner} {cycle.Length})"
            Objective = Cycle.objective cycle
            Start = [| 1.0; 0.0 |]
            Steps = 600
            Expected = $"a circle of {cycle.Length} points at the distance 1"
            Refute = FailureModes.circles cycle.Length
            Control = Some(sgd (2.0 / 101.0))
        }

    /// <summary>CE-3: rates above the limit of stability on 10·x²/2, for descent, heavy ball and Nesterov.</summary>
    let aboveTheLimit: CounterExample list = [
        FailureModes.divergence
            "CE-3 descent"
            "descent converges at the rate 2.1/L"
            (sgd 0.21)
            (sgd 0.19)
            "|x| grows by 1.1 per update"
        FailureModes.divergence
            "CE-3 heavy ball"
            "the heavy ball with β = 0.9 converges at the rate 4/L"
            (heavyBall 0.4 0.9)
            (heavyBall 0.37 0.9)
            "growth; the limit is 2(1+β)/L = 0.38"
        FailureModes.divergence
            "CE-3 Nesterov"
            "Nesterov's momentum is stable up to the heavy ball's limit 2(1+β)/L"
            ((sgd 0.2).With(Nesterov 0.5))
            (heavyBall 0.2 0.5)
            "growth; the limit is 2(1+β)/((1+2β)L) = 0.15"
    ]

    /// <summary>CE-3 at the limit: descent with the rate 2/L jumps to and fro.</summary>
    let atTheLimit: CounterExample = {
        FailureModes.divergence "CE-3 limit" "descent converges at the rate 2/L" (sgd 0.2) (sgd 0.19) "x → −x → x" with
            Refute = FailureModes.circles 2
    }

    /// <summary>CE-4: Adam ends at the worst point of the box, AMSGrad near the best one.</summary>
    let adamStuck: CounterExample =
        let c = 3.0
        let beta2 = 1.0 / (1.0 + c * c)

        let online (direction: IStage) =
            (sgd 0.5).With(direction).With(Box(-1.0, 1.0)).With(InverseSqrt())

        {
            Name = "CE-4"
            Claim = "Adam with rates a/√t has vanishing average regret on convex losses"
            Source = "Reddi, Kale and Kumar 2018, Theorem 1"
            Optimizer = online (Adam(Beta1 = 0.0, Beta2 = beta2, Epsilon = 0.0))
            ObjectiveCode = "(CounterExampleFunctions.reddi 3.0)"
            Objective = CounterExampleFunctions.reddi c
            Start = [| 1.0 |]
            Steps = 3000
            Expected =
                "x = 1 exactly after every third step, where the sum of the losses is largest; the best point is −1"
            Refute =
                fun points ->
                    let every = [ 0..3 .. points.Length - 1 ]

                    if every |> List.forall (fun t -> points[t][0] = 1.0) then
                        Some $"x_t = 1 exactly at all {every.Length} multiples of 3; the best point is −1"
                    else
                        None
            Control = Some(online (AmsGrad(Beta1 = 0.0, Beta2 = beta2, Epsilon = 0.0)))
        }

    /// <summary>CE-5: the asymptotic rate is no bound for N steps: a factor 1 + N(1+r) stands before it.</summary>
    let transient: CounterExample =
        let rate = 2.0 / 3.0

        {
            Name = "CE-5 transient"
            Claim = "the tuned heavy ball with r = 2/3 satisfies |x_N| ≤ r^N |x_0| on quadratics"
            Source = "the double root of HB-4"
            Optimizer = heavyBall (1.0 / 9.0) (4.0 / 9.0)
            ObjectiveCode = "(CounterExampleFunctions.quadratic 25.0)"
            Objective = CounterExampleFunctions.quadratic 25.0
            Start = [| 1.0 |]
            Steps = 5
            Expected = "|x_5| = (1 + 5(1+r)) r^5 = 1.229 instead of 0.132"
            Refute =
                fun points ->
                    let bound = Math.Pow(rate, float (points.Length - 1))
                    let size = FailureModes.norm (FailureModes.last points)

                    if size > 1.0001 * bound then
                        Some $"|x_5| = {FailureModes.text size}, r^5 = {FailureModes.text bound}"
                    else
                        None
            Control = None
        }

    /// <summary>CE-5: the bound of the best iterate does not hold for the last one, here of two steps on two planes.</summary>
    let lastIterate: CounterExample =
        let slopes = [| [| 0.96; -0.28 |]; [| -0.936; -0.352 |] |]
        let objective = CounterExampleFunctions.largest slopes

        {
            Name = "CE-5 last iterate"
            Claim = "subgradient steps R/(G√(N+1)) bring the last iterate below G R/√(N+1)"
            Source = "SUB-7: the worst case is 0.788 for N = 2; this example has 0.644"
            Optimizer = sgd (1.0 / sqrt 3.0)
            ObjectiveCode = "(CounterExampleFunctions.largest [| [| 0.96; -0.28 |]; [| -0.936; -0.352 |] |])"
            Objective = objective
            Start = [| 0.6; -0.8 |]
            Steps = 2
            Expected = "f(x_2) = 0.644 with G = R = 1; the claim says 0.577"
            Refute =
                fun points ->
                    let value =
                        objective.Evaluate(ReadOnlySpan(FailureModes.last points), Span(Array.zeroCreate<float> 2))

                    let bound = 1.0 / sqrt (float points.Length)

                    if value > 1.0001 * bound then
                        Some $"f(x_2) = {FailureModes.text value}, G R/√3 = {FailureModes.text bound}"
                    else
                        None
            Control = None
        }

    /// <summary>CE-5: the bound on Adam's step printed in its paper is exceeded by growing gradients.</summary>
    let adamStep: CounterExample =
        let beta1, beta2 = 0.9, 0.95

        {
            Name = "CE-5 Adam's step"
            Claim = "Adam's step is at most lr·max(1, (1−β₁)/√(1−β₂)) (Kingma and Ba 2015, section 2.1)"
            Source = "Cauchy–Schwarz, attained by slopes (β₁/β₂)^(last−t): AD-1"
            Optimizer = (sgd 1.0).With(Adam(Beta1 = beta1, Beta2 = beta2, Epsilon = 0.0))
            ObjectiveCode = "(CounterExampleFunctions.growing (0.9 / 0.95) 199L)"
            Objective = CounterExampleFunctions.growing (beta1 / beta2) 199L
            Start = [| 0.0 |]
            Steps = 200
            Expected = "a last step of 1.165; the claim says 1"
            Refute =
                fun points ->
                    let n = points.Length - 1
                    let step = abs (points[n][0] - points[n - 1][0])

                    if step > 1.0001 then
                        Some $"step {FailureModes.text step} at the rate 1; the claim says 1"
                    else
                        None
            Control = None
        }

    /// <summary>CE-6: on cosh, which is smooth only relative to its gradient, a rate that works with clipping diverges without.</summary>
    let withoutClipping: CounterExample = {
        Name = "CE-6"
        Claim = "the rate 1/(4 L₀) of clipped descent works without the clip on (L₀, L₁)-smooth functions"
        Source = "Zhang, Jin, Fang and Wang 2020, constants of CLIP-4"
        Optimizer = sgd 0.25
        ObjectiveCode = "CounterExampleFunctions.cosh"
        Objective = CounterExampleFunctions.cosh
        Start = [| 8.0 |]
        Steps = 100
        Expected = "overflow within a few steps; with clip 2/(e−1) the run converges"
        Refute = FailureModes.grows
        Control = Some((sgd 0.25).With(ClipGlobalNorm(2.0 / (Math.E - 1.0))))
    }

    /// <summary>CE-7: constant radius, constant step lengths, constant subgradient steps end in circles of two points.</summary>
    let constantSteps: CounterExample list = [
        FailureModes.toAndFro
            "CE-7 SAM"
            "SAM with constant radius ρ converges to the minimum of x²/2"
            "|x| = ηλρ/(2−ηλ), OWN"
            ((sgd 0.5).With(Sam 0.1))
            "(CounterExampleFunctions.quadratic 1.0)"
            (CounterExampleFunctions.quadratic 1.0)
            1.0
            "±1/30"
        FailureModes.toAndFro
            "CE-7 sign"
            "sign descent with a constant rate converges"
            "each step has the length of the rate"
            ((sgd 0.1).With(Sign()))
            "(CounterExampleFunctions.quadratic 1.0)"
            (CounterExampleFunctions.quadratic 1.0)
            1.05
            "±0.05"
        FailureModes.toAndFro
            "CE-7 subgradient"
            "subgradient descent with a constant rate converges on |x|"
            "each step has the length of the rate"
            (sgd 0.1)
            "CounterExampleFunctions.absolute"
            CounterExampleFunctions.absolute
            1.05
            "±0.05"
    ]

    /// <summary>All of them, in the order of the table.</summary>
    let all: CounterExample list =
        [ lessardRechtPackard; polyakTuning ]
        @ aboveTheLimit
        @ [ atTheLimit; adamStuck; transient; lastIterate; adamStep; withoutClipping ]
        @ constantSteps
