namespace OptDsl

open System
open OptCore

/// <summary>
/// Schedules as values: factors s(t) ≥ 0 of the learning rate, pure functions of the number t of updates already applied.
/// The short words (<c>cosine 100</c>) attach them to an optimizer; here they are combined first:
/// <c>schedule (Schedule.warmupFrom 0.0 10 |> Schedule.andThen 10 (Schedule.cosine 90))</c>.
/// </summary>
[<RequireQualifiedAccess>]
module Schedule =

    /// <summary>A fixed factor: <c>s(t) = a</c>, a ≥ 0.</summary>
    let constant (a: float) : ISchedule = Constant a

    /// <summary>A drop every n updates: <c>s(t) = γ^⌊t/n⌋</c>, n ≥ 1, γ ≥ 0. PyTorch <c>StepLR</c>.</summary>
    let stepDecay (n: int) (gamma: float) : ISchedule = StepDecay(n, gamma)

    /// <summary>
    /// A drop at each milestone: <c>s(t) = γ^(number of milestones ≤ t)</c>, milestones ≥ 0, γ ≥ 0; one listed twice counts twice.
    /// PyTorch <c>MultiStepLR</c>.
    /// </summary>
    let multiStep (milestones: int seq) (gamma: float) : ISchedule = MultiStep(milestones, gamma)

    /// <summary><c>s(t) = γ^t</c>, γ ≥ 0. PyTorch <c>ExponentialLR</c>.</summary>
    let geometric (gamma: float) : ISchedule = Geometric gamma

    /// <summary><c>s(t) = e^(−λt)</c>, λ ≥ 0 per update.</summary>
    let exponential (lambda: float) : ISchedule = Exponential lambda

    /// <summary>
    /// Half a cosine wave down to 0: <c>s(t) = ½(1 + cos(π·min(t,T)/T))</c>, T ≥ 1; 0 from T on.
    /// Optax <c>cosine_decay_schedule</c>; PyTorch's <c>CosineAnnealingLR</c> rises again after T.
    /// </summary>
    let cosine (steps: int) : ISchedule = Cosine steps

    /// <summary>
    /// Half a cosine wave with options: <c>f + (1−f)·½(1 + cos(π·min(t,T)/T))</c>, as in <c>Schedule.cosineWith (Cosine(40, Floor = 0.1))</c>.
    /// </summary>
    let cosineWith (schedule: Cosine) : ISchedule = schedule

    /// <summary>
    /// Cosine waves of length T, mT, m²T, …, each from 1 down to 0; T ≥ 1, m ≥ 1. PyTorch <c>CosineAnnealingWarmRestarts</c>.
    /// </summary>
    let cosineRestarts (steps: int) (multiplier: int) : ISchedule = CosineRestarts(steps, multiplier)

    /// <summary>A straight line down to 0: <c>s(t) = 1 − min(t,T)/T</c>, T ≥ 1; 0 from T on. Optax <c>linear_schedule</c>.</summary>
    let linear (steps: int) : ISchedule = Linear steps

    /// <summary>
    /// A straight line with options: <c>a + (b−a)·min(t,T)/T</c>, as in <c>Schedule.linearWith (Linear(100, To = 0.1))</c>.
    /// </summary>
    let linearWith (schedule: Linear) : ISchedule = schedule

    /// <summary><c>s(t) = (1 − min(t,T)/T)^q</c>, q ≥ 0, T ≥ 1; 0 from T on. PyTorch <c>PolynomialLR</c>.</summary>
    let polynomial (power: float) (steps: int) : ISchedule = Polynomial(power, steps)

    /// <summary>A linear warm-up whose first value is 1/n: <c>s(t) = min(1, (t+1)/n)</c>, n ≥ 1.</summary>
    let warmup (steps: int) : ISchedule = Warmup steps

    /// <summary>
    /// A linear warm-up from a: <c>s(t) = a + (1−a)·min(1, t/n)</c>, 0 ≤ a ≤ 1, n ≥ 1. PyTorch <c>LinearLR</c>.
    /// </summary>
    let warmupFrom (from: float) (steps: int) : ISchedule = WarmupFrom(from, steps)

    /// <summary>
    /// A warm-up and half a cosine wave: <c>(t+1)/n</c> for t &lt; n, then <c>½(1 + cos(π·(t−n)/(T−n)))</c>;
    /// n ≥ 1, T &gt; n counts the warm-up; 0 from T on.
    /// </summary>
    let warmupCosine (warmupSteps: int) (steps: int) : ISchedule = WarmupCosine(warmupSteps, steps)

    /// <summary>
    /// One cycle: up from 1/25 to 1 at ⌊0.3T⌋, down to 1/(25·10⁴) at T, each along half a cosine wave; T ≥ 1.
    /// Optax <c>cosine_onecycle_schedule</c>.
    /// </summary>
    let oneCycle (steps: int) : ISchedule = OneCycle steps

    /// <summary>
    /// One cycle with options: <c>Schedule.oneCycleWith (OneCycle(100, Inclusive = true))</c> is PyTorch's <c>OneCycleLR</c>.
    /// </summary>
    let oneCycleWith (schedule: OneCycle) : ISchedule = schedule

    /// <summary><c>s(t) = 1/√(t+1)</c>.</summary>
    let inverseSqrt: ISchedule = InverseSqrt()

    /// <summary><c>s(t) = 1/(1 + λt)</c>, λ ≥ 0 per update. Keras <c>InverseTimeDecay</c>.</summary>
    let inverseTime (lambda: float) : ISchedule = InverseTime lambda

    /// <summary>
    /// A zigzag between a and 1: <c>s(t) = 1 − (1−a)·|t mod 2n − n|/n</c>, n ≥ 1, 0 ≤ a ≤ 1. PyTorch <c>CyclicLR</c>.
    /// </summary>
    let triangular (halfPeriod: int) (low: float) : ISchedule = Triangular(halfPeriod, low)

    /// <summary>
    /// A warm-up over n updates, then 1, then <c>(T−t)/d</c> over the last d updates, 0 from T on; n ≥ 1, T &gt; n, 1 ≤ d ≤ T − n.
    /// </summary>
    let warmupStableDecay (warmupSteps: int) (steps: int) (decaySteps: int) : ISchedule =
        WarmupStableDecay(warmupSteps, steps, decaySteps)

    /// <summary>
    /// One schedule for n updates, then another in its own time: <c>s(t)</c> for t &lt; n, then <c>s'(t−n)</c>; n ≥ 0.
    /// </summary>
    let andThen (steps: int) (next: ISchedule) (first: ISchedule) : ISchedule = AndThen(first, steps, next)

    /// <summary>The product: <c>s(t)·s'(t)</c>.</summary>
    let times (second: ISchedule) (first: ISchedule) : ISchedule = Times(first, second)

    /// <summary>The sum: <c>s(t) + s'(t)</c>.</summary>
    let plus (second: ISchedule) (first: ISchedule) : ISchedule = Plus(first, second)

    /// <summary>Not below a value: <c>max(a, s(t))</c>, a ≥ 0.</summary>
    let atLeast (value: float) (schedule: ISchedule) : ISchedule = AtLeast(schedule, value)

    /// <summary>Not above a value: <c>min(a, s(t))</c>, a ≥ 0.</summary>
    let atMost (value: float) (schedule: ISchedule) : ISchedule = AtMost(schedule, value)

    /// <summary>n updates later: <c>s(max(0, t−n))</c>, n ≥ 0.</summary>
    let delay (steps: int) (schedule: ISchedule) : ISchedule = Delay(schedule, steps)

    /// <summary>The first n values over and over: <c>s(t mod n)</c>, n ≥ 1.</summary>
    let repeat (period: int) (schedule: ISchedule) : ISchedule = Repeat(schedule, period)

    /// <summary>A multiple: <c>a·s(t)</c>, a ≥ 0.</summary>
    let scaleBy (factor: float) (schedule: ISchedule) : ISchedule = ScaleBy(schedule, factor)

    /// <summary>The value s(t) after t updates, t ≥ 0.</summary>
    let at (step: int64) (schedule: ISchedule) : float =
        if step < 0L then
            raise (Require.Outside(nameof step, step, "0 ≤ value"))

        schedule.At step

    /// <summary>The first n values, s(0) … s(n−1), to look at or to plot; n ≥ 0.</summary>
    let values (count: int) (schedule: ISchedule) : float[] =
        Require.Count(count, nameof count, 0) |> ignore
        Array.init count (fun t -> schedule.At(int64 t))
