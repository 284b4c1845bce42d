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

    /// <summary>The value s(t) after t updates, t ≥ 0.</summary>
    let at (step: int64) (schedule: ISchedule) : float =
        if step < 0L then
            raise (Require.Outside(nameof step, step, "0 ≤ value"))

        schedule.At step

    /// <summary>The first n values, s(0) … s(n−1), to look at or to plot; n ≥ 0.</summary>
    let values (count: int) (schedule: ISchedule) : float[] =
        Require.Count(count, nameof count, 0) |> ignore
        Array.init count (fun t -> schedule.At(int64 t))

    // From here to the end of the region generated from the records by scripts/generate.

    /// <summary>A fixed factor: <c>s(t) = a</c>.</summary>
    /// <param name="value">a ≥ 0, finite.</param>
    /// <remarks>Equals Optax <c>constant_schedule</c>.</remarks>
    let constant (value: float) : ISchedule = Constant value

    /// <summary>
    /// Half a cosine wave from 1 down to the floor: <c>s(t) = f + (1−f)·(½(1 + cos(π·min(t,T)/T)))^Exponent</c>.
    /// </summary>
    /// <param name="steps">T ≥ 1, the update from which on the floor holds.</param>
    /// <remarks>
    /// Loshchilov and Hutter, SGDR, 2017, equation 5. Equals Optax <c>cosine_decay_schedule</c> (alpha = f, exponent =
    /// Exponent).
    /// </remarks>
    let cosine (steps: int) : ISchedule = Cosine steps

    /// <summary><c>cosine</c> with options, as in <c>Schedule.cosineWith (Cosine(100, Floor = 0.1))</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Floor = 0.0</c>: The last value, 0 ≤ f ≤ 1.
    /// <c>Exponent = 1.0</c>: The power of the wave, > 0: above 1 it falls sooner.
    /// </param>
    let cosineWith (options: Cosine) : ISchedule = options

    /// <summary>
    /// Cosine waves of length T, mT, m²T, …, each from 1 down to 0: <c>s(t) = ½(1 + cos(π·τ/L))</c>, τ the updates
    /// since the last restart, L the length of its wave.
    /// </summary>
    /// <param name="steps">T ≥ 1, the length of the first wave in updates.</param>
    /// <param name="multiplier">m ≥ 1, an integer: the growth of the length from wave to wave.</param>
    /// <remarks>
    /// Loshchilov and Hutter, SGDR, 2017. Equals PyTorch <c>CosineAnnealingWarmRestarts</c> with eta_min = 0.
    /// </remarks>
    let cosineRestarts (steps: int) (multiplier: int) : ISchedule = CosineRestarts(steps, multiplier)

    /// <summary>Exponential decay: <c>s(t) = e^(−λt)</c>.</summary>
    /// <param name="rate">λ ≥ 0, finite, per update.</param>
    let exponential (rate: float) : ISchedule = ExponentialDecay rate

    /// <summary>The same factor at every update: <c>s(t) = γ^t</c>.</summary>
    /// <param name="factor">γ ≥ 0, finite.</param>
    /// <remarks>Equals PyTorch <c>ExponentialLR</c>, once per update.</remarks>
    let geometric (factor: float) : ISchedule = GeometricDecay factor

    /// <summary>The step size of the O(1/√k) theory: <c>s(t) = 1/√(t+1)</c>.</summary>
    /// <remarks>Zinkevich, 2003 (online gradient descent).</remarks>
    let inverseSqrt: ISchedule = InverseSqrt()

    /// <summary>Hyperbolic decay: <c>s(t) = 1/(1 + λt)</c>, with a power <c>(1 + λt)^(−Power)</c>.</summary>
    /// <param name="rate">λ ≥ 0, finite, per update.</param>
    /// <remarks>
    /// Robbins and Monro, 1951, for step sizes of order 1/t. Equals Keras <c>InverseTimeDecay</c> with λ =
    /// decay_rate/decay_steps and no staircase; with a power, the rate of PyTorch <c>ASGD</c>.
    /// </remarks>
    let inverseTime (rate: float) : ISchedule = InverseTime rate

    /// <summary>
    /// <c>inverseTime</c> with options, as in <c>Schedule.inverseTimeWith (InverseTime(0.01, Power = 0.75))</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Power = 1.0</c>: The power of the decay, > 0.
    /// </param>
    let inverseTimeWith (options: InverseTime) : ISchedule = options

    /// <summary>
    /// A straight line from a to b: <c>s(t) = a + (b−a)·min(t,T)/T</c>; by default <c>1 − min(t,T)/T</c>.
    /// </summary>
    /// <param name="steps">T ≥ 1, the update from which on the last value holds.</param>
    /// <remarks>Equals Optax <c>linear_schedule(a, b, T)</c> and, with the defaults, <c>polynomial 1.0 T</c>.</remarks>
    let linear (steps: int) : ISchedule = LinearRamp steps

    /// <summary><c>linear</c> with options, as in <c>Schedule.linearWith (LinearRamp(100, To = 0.1))</c>.</summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>From = 1.0</c>: The first value, a ≥ 0, finite. <c>To = 0.0</c>:
    /// The last value, b ≥ 0, finite.
    /// </param>
    let linearWith (options: LinearRamp) : ISchedule = options

    /// <summary>A drop by one factor at each milestone: <c>s(t) = γ^(number of milestones ≤ t)</c>.</summary>
    /// <param name="milestones">The steps of the drops, each ≥ 0, in any order.</param>
    /// <param name="factor">γ ≥ 0, finite.</param>
    /// <remarks>Equals PyTorch <c>MultiStepLR</c>.</remarks>
    let multiStep (milestones: int seq) (factor: float) : ISchedule = MultiStep(milestones, factor)

    /// <summary>
    /// One cycle: up from a to 1 at <c>P = ⌊w·T⌋</c>, down to b at T, each along half a cosine wave:
    /// <c>a + (1−a)·½(1 − cos(π·t/P))</c> for t &lt; P, then <c>b + (1−b)·½(1 + cos(π·(t−P)/(T−P)))</c>.
    /// </summary>
    /// <param name="steps">T ≥ 1, the updates of the cycle.</param>
    /// <remarks>Smith and Topin, 2018. Equals Optax <c>cosine_onecycle_schedule</c>, which rounds P down too.</remarks>
    let oneCycle (steps: int) : ISchedule = OneCycle steps

    /// <summary>
    /// <c>oneCycle</c> with options, as in <c>Schedule.oneCycleWith (OneCycle(100, Inclusive = true))</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>WarmupFraction = 0.3</c>: The part of the cycle that rises, 0 ≤ w
    /// ≤ 1. <c>InitialFactor = 0.04</c>: The first value, a ≥ 0. <c>FinalFactor = 4e-06</c>: The last value, b ≥ 0.
    /// <c>LinearWarmup = false</c>: Rise along a straight line instead of a cosine. <c>LinearDecay = false</c>: Fall
    /// along a straight line instead of a cosine. <c>Inclusive = false</c>: Let the phases end at w·T − 1 and T − 1, as
    /// PyTorch does.
    /// </param>
    let oneCycleWith (options: OneCycle) : ISchedule = options

    /// <summary>A power of the part still to do: <c>s(t) = (1 − min(t,T)/T)^q</c>.</summary>
    /// <param name="power">q ≥ 0, finite.</param>
    /// <param name="steps">T ≥ 1, the update from which on the value is 0.</param>
    /// <remarks>Equals PyTorch <c>PolynomialLR</c>.</remarks>
    let polynomial (power: float) (steps: int) : ISchedule = PolynomialDecay(power, steps)

    /// <summary>
    /// A fall that is steep at first, with the root of the time: <c>s(t) = f + (1−f)·(1 − √(min(t,T)/T))</c>.
    /// </summary>
    /// <param name="steps">T ≥ 1, the update from which on the floor holds.</param>
    /// <remarks>Hägele et al. 2024, section 3.</remarks>
    let sqrtDecay (steps: int) : ISchedule = SqrtDecay steps

    /// <summary>
    /// <c>sqrtDecay</c> with options, as in <c>Schedule.sqrtDecayWith (SqrtDecay(100, Floor = 0.1))</c>.
    /// </summary>
    /// <param name="options">
    /// The record; its options and their defaults: <c>Floor = 0.0</c>: The last value, 0 ≤ f ≤ 1.
    /// </param>
    let sqrtDecayWith (options: SqrtDecay) : ISchedule = options

    /// <summary>A drop by one factor every n updates: <c>s(t) = γ^⌊t/n⌋</c>.</summary>
    /// <param name="every">n ≥ 1, the updates between two drops.</param>
    /// <param name="factor">γ ≥ 0, finite.</param>
    /// <remarks>Equals PyTorch <c>StepLR</c>, whose default γ = 0.1 is no default here.</remarks>
    let stepDecay (every: int) (factor: float) : ISchedule = StepDecay(every, factor)

    /// <summary>Values from a list: <c>s(t) = v_t</c>, the last one from then on.</summary>
    /// <param name="values">v_0, v_1, …: at least one, each ≥ 0 and finite.</param>
    /// <remarks>Equals PyTorch <c>LambdaLR</c> of a list that is read at its last place past its end.</remarks>
    let table (values: float seq) : ISchedule = Table values

    /// <summary>
    /// A zigzag between a and 1: <c>s(t) = 1 − (1−a)·|t mod 2n − n|/n</c>, so a at t = 0, 1 at t = n, a at t = 2n.
    /// </summary>
    /// <param name="halfPeriod">n ≥ 1, the updates from the lowest to the highest value.</param>
    /// <param name="low">0 ≤ a ≤ 1, the lowest value.</param>
    /// <remarks>
    /// Smith, 2017 (cyclical learning rates). Equals PyTorch <c>CyclicLR</c> in the mode <c>triangular</c> with base_lr
    /// = a·lr, max_lr = lr, step_size_up = n, without its cycling momentum.
    /// </remarks>
    let triangular (halfPeriod: int) (low: float) : ISchedule = TriangularWave(halfPeriod, low)

    /// <summary>A linear warm-up whose first value is above zero: <c>s(t) = min(1, (t+1)/n)</c>.</summary>
    /// <param name="steps">n ≥ 1, the updates of the warm-up.</param>
    /// <remarks>Goyal et al., 2017, section 2.2.</remarks>
    let warmup (steps: int) : ISchedule = Warmup steps

    /// <summary>
    /// A warm-up and then half a cosine wave: <c>(t+1)/n</c> for t &lt; n, then <c>½(1 + cos(π·(t−n)/(T−n)))</c>.
    /// </summary>
    /// <param name="warmupSteps">n ≥ 1, the updates of the warm-up.</param>
    /// <param name="steps">T > n, the update from which on the value is 0.</param>
    let warmupCosine (warmupSteps: int) (steps: int) : ISchedule = WarmupCosine(warmupSteps, steps)

    /// <summary>A linear warm-up from a chosen value: <c>s(t) = a + (1−a)·min(1, t/n)</c>.</summary>
    /// <param name="from">0 ≤ a ≤ 1, the first value.</param>
    /// <param name="steps">n ≥ 1, the update from which on the value is 1.</param>
    /// <remarks>
    /// Equals PyTorch <c>LinearLR</c> (start_factor = a, total_iters = n), whose defaults 1/3 and 5 are no defaults
    /// here, and, continued by <c>Schedule.andThen n (Schedule.cosine m)</c>, Optax <c>warmup_cosine_decay_schedule</c>
    /// with decay_steps = n + m.
    /// </remarks>
    let warmupFrom (from: float) (steps: int) : ISchedule = WarmupFrom(from, steps)

    /// <summary>
    /// A warm-up, a plateau, a linear end: <c>min(1, (t+1)/n)</c>, then 1, then <c>(T−t)/d</c> over the last d updates,
    /// 0 from T on.
    /// </summary>
    /// <param name="warmupSteps">n ≥ 1, the updates of the warm-up.</param>
    /// <param name="steps">T > n, the update from which on the value is 0.</param>
    /// <param name="decaySteps">1 ≤ d ≤ T − n, the updates of the decay.</param>
    /// <remarks>Hu et al., MiniCPM, 2024 (there with an exponential end).</remarks>
    let warmupStableDecay (warmupSteps: int) (steps: int) (decaySteps: int) : ISchedule =
        WarmupStableDecay(warmupSteps, steps, decaySteps)

    /// <summary>
    /// One schedule for n updates, then another in its own time: <c>s(t)</c> for t &lt; n, then <c>s'(t−n)</c>.
    /// </summary>
    /// <param name="steps">n ≥ 0.</param>
    /// <param name="next">The schedule after them, counted from 0.</param>
    /// <param name="first">The schedule of the first n updates.</param>
    /// <remarks>
    /// Equals Optax <c>join_schedules</c> and PyTorch <c>SequentialLR</c>; here the schedule that is not in force is
    /// not evaluated.
    /// </remarks>
    let andThen (steps: int) (next: ISchedule) (first: ISchedule) : ISchedule = AndThen(first, steps, next)

    /// <summary>A schedule that does not fall below a value: <c>max(a, s(t))</c>.</summary>
    /// <param name="value">a ≥ 0, finite.</param>
    /// <param name="schedule">The schedule s.</param>
    let atLeast (value: float) (schedule: ISchedule) : ISchedule = AtLeast(schedule, value)

    /// <summary>A schedule that does not rise above a value: <c>min(a, s(t))</c>.</summary>
    /// <param name="value">a ≥ 0, finite.</param>
    /// <param name="schedule">The schedule s.</param>
    let atMost (value: float) (schedule: ISchedule) : ISchedule = AtMost(schedule, value)

    /// <summary>A schedule that starts later: <c>s(max(0, t−n))</c>.</summary>
    /// <param name="steps">n ≥ 0.</param>
    /// <param name="schedule">The schedule s.</param>
    /// <remarks>Equals the <c>transition_begin</c> of Optax.</remarks>
    let delay (steps: int) (schedule: ISchedule) : ISchedule = Delay(schedule, steps)

    /// <summary>The sum of two schedules: <c>s(t) + s'(t)</c>.</summary>
    /// <param name="second">The other term.</param>
    /// <param name="first">One term.</param>
    let plus (second: ISchedule) (first: ISchedule) : ISchedule = Plus(first, second)

    /// <summary>The first n values of a schedule, over and over: <c>s(t mod n)</c>.</summary>
    /// <param name="period">n ≥ 1.</param>
    /// <param name="schedule">The schedule s.</param>
    let repeat (period: int) (schedule: ISchedule) : ISchedule = Repeat(schedule, period)

    /// <summary>A multiple of a schedule: <c>a·s(t)</c>.</summary>
    /// <param name="factor">a ≥ 0, finite.</param>
    /// <param name="schedule">The schedule s.</param>
    let scaleBy (factor: float) (schedule: ISchedule) : ISchedule = ScaleBy(schedule, factor)

    /// <summary>The product of two schedules: <c>s(t)·s'(t)</c>.</summary>
    /// <param name="second">The other factor.</param>
    /// <param name="first">One factor.</param>
    /// <remarks>Equals PyTorch <c>ChainedScheduler</c>.</remarks>
    let times (second: ISchedule) (first: ISchedule) : ISchedule = Times(first, second)

    // The end of the region.
