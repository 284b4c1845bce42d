namespace OptDsl

open OptCore

/// <summary>
/// The words that multiply the rate by a schedule s(t), t the number of updates already applied; several multiply:
/// <c>η_t = lr·s_1(t)·s_2(t)·…</c>. Schedules are combined as values in the module <c>Schedule</c>. Arguments outside their
/// ranges are an <c>ArgumentOutOfRangeException</c>.
/// </summary>
[<AutoOpen>]
module ScheduleWords =

    /// <summary>Any schedule: <c>schedule (Schedule.cosine 90 |> Schedule.delay 10)</c>.</summary>
    let schedule (schedule: ISchedule) (optimizer: Optimizer) : Optimizer = optimizer.With schedule

    /// <summary><c>s(t) = a</c>, a ≥ 0.</summary>
    let constant (value: float) (optimizer: Optimizer) : Optimizer = optimizer.Constant value

    /// <summary><c>s(t) = γ^⌊t/n⌋</c>, n ≥ 1, γ ≥ 0. PyTorch <c>StepLR</c>.</summary>
    let stepDecay (every: int) (factor: float) (optimizer: Optimizer) : Optimizer = optimizer.StepDecay(every, factor)

    /// <summary><c>s(t) = γ^(number of milestones ≤ t)</c>, γ ≥ 0; one listed twice counts twice. PyTorch <c>MultiStepLR</c>.</summary>
    let multiStep (milestones: int seq) (factor: float) (optimizer: Optimizer) : Optimizer =
        optimizer.MultiStep(milestones, factor)

    /// <summary><c>s(t) = γ^t</c>, γ ≥ 0. PyTorch <c>ExponentialLR</c>.</summary>
    let geometric (factor: float) (optimizer: Optimizer) : Optimizer = optimizer.Geometric factor

    /// <summary><c>s(t) = e^(−λt)</c>, λ ≥ 0 per update.</summary>
    let exponential (rate: float) (optimizer: Optimizer) : Optimizer = optimizer.Exponential rate

    /// <summary><c>s(t) = ½(1 + cos(π·min(t,T)/T))</c>, T ≥ 1; 0 from T on. Optax <c>cosine_decay_schedule</c>.</summary>
    let cosine (steps: int) (optimizer: Optimizer) : Optimizer = optimizer.Cosine steps

    /// <summary><c>cosine</c> with options: <c>cosineWith (Cosine(100, Floor = 0.1))</c> ends at 0.1.</summary>
    let cosineWith (options: Cosine) (optimizer: Optimizer) : Optimizer = optimizer.With options

    /// <summary>Cosines of length T, mT, m²T, …, each from 1; T ≥ 1, m ≥ 1. PyTorch <c>CosineAnnealingWarmRestarts</c>.</summary>
    let cosineRestarts (steps: int) (multiplier: int) (optimizer: Optimizer) : Optimizer =
        optimizer.CosineRestarts(steps, multiplier)

    /// <summary><c>s(t) = 1 − min(t,T)/T</c>, T ≥ 1; 0 from T on. Optax <c>linear_schedule</c>.</summary>
    let linear (steps: int) (optimizer: Optimizer) : Optimizer = optimizer.Linear steps

    /// <summary><c>linear</c> with options: <c>linearWith (Linear(100, From = 1.0, To = 0.1))</c>.</summary>
    let linearWith (options: Linear) (optimizer: Optimizer) : Optimizer = optimizer.With options

    /// <summary><c>s(t) = (1 − min(t,T)/T)^q</c>, q ≥ 0, T ≥ 1. PyTorch <c>PolynomialLR</c>.</summary>
    let polynomial (power: float) (steps: int) (optimizer: Optimizer) : Optimizer = optimizer.Polynomial(power, steps)

    /// <summary><c>s(t) = min(1, (t+1)/n)</c>, n ≥ 1.</summary>
    let warmup (steps: int) (optimizer: Optimizer) : Optimizer = optimizer.Warmup steps

    /// <summary><c>s(t) = a + (1−a)·min(1, t/n)</c>, 0 ≤ a ≤ 1, n ≥ 1. PyTorch <c>LinearLR</c>.</summary>
    let warmupFrom (from: float) (steps: int) (optimizer: Optimizer) : Optimizer = optimizer.WarmupFrom(from, steps)

    /// <summary><c>(t+1)/n</c> for t &lt; n, then half a cosine of (t−n) over T−n; n ≥ 1, T &gt; n counts the warm-up.</summary>
    let warmupCosine (warmupSteps: int) (steps: int) (optimizer: Optimizer) : Optimizer =
        optimizer.WarmupCosine(warmupSteps, steps)

    /// <summary>
    /// One cycle over T ≥ 1 updates: from 1/25 up to 1 at ⌊0.3T⌋, down to 1/(25·10⁴) at T, along cosines. Optax <c>cosine_onecycle_schedule</c>.
    /// </summary>
    let oneCycle (steps: int) (optimizer: Optimizer) : Optimizer = optimizer.OneCycle steps

    /// <summary><c>oneCycle</c> with options: <c>oneCycleWith (OneCycle(100, Inclusive = true))</c> is PyTorch's <c>OneCycleLR</c>.</summary>
    let oneCycleWith (options: OneCycle) (optimizer: Optimizer) : Optimizer = optimizer.With options

    /// <summary><c>s(t) = 1/√(t+1)</c>.</summary>
    let inverseSqrt (optimizer: Optimizer) : Optimizer = optimizer.InverseSqrt()

    /// <summary><c>s(t) = 1/(1 + λt)</c>, λ ≥ 0 per update. Keras <c>InverseTimeDecay</c>.</summary>
    let inverseTime (rate: float) (optimizer: Optimizer) : Optimizer = optimizer.InverseTime rate

    /// <summary><c>s(t) = 1 − (1−a)·|t mod 2n − n|/n</c>, n ≥ 1, 0 ≤ a ≤ 1. PyTorch <c>CyclicLR</c>.</summary>
    let triangular (halfPeriod: int) (low: float) (optimizer: Optimizer) : Optimizer =
        optimizer.Triangular(halfPeriod, low)

    /// <summary>Warm-up over n, then 1, then (T−t)/d over the last d updates, 0 from T on; n ≥ 1, T &gt; n, 1 ≤ d ≤ T − n.</summary>
    let warmupStableDecay (warmupSteps: int) (steps: int) (decaySteps: int) (optimizer: Optimizer) : Optimizer =
        optimizer.WarmupStableDecay(warmupSteps, steps, decaySteps)
