namespace OptCore;

/// <content>The schedules, one word each. Several schedules multiply.</content>
public sealed partial class Optimizer
{
    /// <summary>Multiplies the rate by any schedule: the same as <see cref="With(ISchedule)"/>, as the word <c>schedule</c>.</summary>
    /// <param name="schedule">The schedule.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <example><code>Optimizer.Sgd(0.1).Schedule(new Cosine(100) { Floor = 0.1 })</code></example>
    public Optimizer Schedule(ISchedule schedule) => With(schedule);

    /// <summary>Multiplies the rate by a fixed factor: <c>s(t) = a</c>.</summary>
    /// <param name="value">a ≥ 0, finite.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.Constant"/>
    public Optimizer Constant(double value) => With(new Constant(value));

    /// <summary>Multiplies the rate by a drop every n updates: <c>s(t) = γ^⌊t/n⌋</c>.</summary>
    /// <param name="every">n ≥ 1.</param>
    /// <param name="factor">γ ≥ 0, finite.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.StepDecay"/>
    public Optimizer StepDecay(int every, double factor) => With(new StepDecay(every, factor));

    /// <summary>Multiplies the rate by a drop at each milestone: <c>s(t) = γ^(number of milestones ≤ t)</c>.</summary>
    /// <param name="milestones">The steps of the drops, each ≥ 0, in any order; twice listed counts twice.</param>
    /// <param name="factor">γ ≥ 0, finite.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.MultiStep"/>
    public Optimizer MultiStep(IEnumerable<int> milestones, double factor) => With(new MultiStep(milestones, factor));

    /// <summary>Multiplies the rate by <c>s(t) = γ^t</c>.</summary>
    /// <param name="factor">γ ≥ 0, finite.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.Geometric"/>
    public Optimizer Geometric(double factor) => With(new Geometric(factor));

    /// <summary>Multiplies the rate by <c>s(t) = e^(−λt)</c>.</summary>
    /// <param name="rate">λ ≥ 0, finite, per update.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.Exponential"/>
    public Optimizer Exponential(double rate) => With(new Exponential(rate));

    /// <summary>
    /// Multiplies the rate by half a cosine wave down to 0: <c>s(t) = ½(1 + cos(π·min(t,T)/T))</c>. With a floor:
    /// <c>Schedule(new Cosine(100) { Floor = 0.1 })</c>.
    /// </summary>
    /// <param name="steps">T ≥ 1.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.Cosine"/>
    public Optimizer Cosine(int steps) => With(new Cosine(steps));

    /// <summary>Multiplies the rate by cosine waves of length T, mT, m²T, …, each from 1.</summary>
    /// <param name="steps">T ≥ 1.</param>
    /// <param name="multiplier">m ≥ 1.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.CosineRestarts"/>
    public Optimizer CosineRestarts(int steps, int multiplier) => With(new CosineRestarts(steps, multiplier));

    /// <summary>
    /// Multiplies the rate by a straight line down to 0: <c>s(t) = 1 − min(t,T)/T</c>. With other ends: <c>Schedule(new Linear(100) { To = 0.1 })</c>.
    /// </summary>
    /// <param name="steps">T ≥ 1.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.Linear"/>
    public Optimizer Linear(int steps) => With(new Linear(steps));

    /// <summary>Multiplies the rate by <c>s(t) = (1 − min(t,T)/T)^q</c>.</summary>
    /// <param name="power">q ≥ 0, finite.</param>
    /// <param name="steps">T ≥ 1.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.Polynomial"/>
    public Optimizer Polynomial(double power, int steps) => With(new Polynomial(power, steps));

    /// <summary>Multiplies the rate by a linear warm-up: <c>s(t) = min(1, (t+1)/n)</c>.</summary>
    /// <param name="steps">n ≥ 1.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.Warmup"/>
    public Optimizer Warmup(int steps) => With(new Warmup(steps));

    /// <summary>Multiplies the rate by a linear warm-up from a value: <c>s(t) = a + (1−a)·min(1, t/n)</c>.</summary>
    /// <param name="from">0 ≤ a ≤ 1.</param>
    /// <param name="steps">n ≥ 1.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.WarmupFrom"/>
    public Optimizer WarmupFrom(double from, int steps) => With(new WarmupFrom(from, steps));

    /// <summary>
    /// Multiplies the rate by a warm-up and half a cosine wave: <c>(t+1)/n</c> for t &lt; n, then <c>½(1 + cos(π·(t−n)/(T−n)))</c>.
    /// </summary>
    /// <param name="warmupSteps">n ≥ 1.</param>
    /// <param name="steps">T &gt; n; counts the warm-up.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.WarmupCosine"/>
    public Optimizer WarmupCosine(int warmupSteps, int steps) => With(new WarmupCosine(warmupSteps, steps));

    /// <summary>
    /// Multiplies the rate by one cycle: up from 1/25 to 1 over the first 0.3T updates, down to 1/(25·10⁴) at T, each along
    /// half a cosine wave. With other options: <c>Schedule(new OneCycle(100) { Inclusive = true })</c>.
    /// </summary>
    /// <param name="steps">T ≥ 1.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.OneCycle"/>
    public Optimizer OneCycle(int steps) => With(new OneCycle(steps));

    /// <summary>Multiplies the rate by <c>s(t) = 1/√(t+1)</c>.</summary>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <seealso cref="OptCore.InverseSqrt"/>
    public Optimizer InverseSqrt() => With(new InverseSqrt());

    /// <summary>Multiplies the rate by <c>s(t) = 1/(1 + λt)</c>.</summary>
    /// <param name="rate">λ ≥ 0, finite, per update.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.InverseTime"/>
    public Optimizer InverseTime(double rate) => With(new InverseTime(rate));

    /// <summary>Multiplies the rate by a zigzag between a and 1: <c>s(t) = 1 − (1−a)·|t mod 2n − n|/n</c>.</summary>
    /// <param name="halfPeriod">n ≥ 1.</param>
    /// <param name="low">0 ≤ a ≤ 1.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.Triangular"/>
    public Optimizer Triangular(int halfPeriod, double low) => With(new Triangular(halfPeriod, low));

    /// <summary>
    /// Multiplies the rate by a warm-up over n updates, then 1, then <c>(T−t)/d</c> over the last d updates, 0 from T on.
    /// </summary>
    /// <param name="warmupSteps">n ≥ 1.</param>
    /// <param name="steps">T &gt; n; counts the warm-up.</param>
    /// <param name="decaySteps">1 ≤ d ≤ T − n.</param>
    /// <returns>A new optimizer; this one is unchanged.</returns>
    /// <exception cref="ArgumentException">An argument is outside its range.</exception>
    /// <seealso cref="OptCore.WarmupStableDecay"/>
    public Optimizer WarmupStableDecay(int warmupSteps, int steps, int decaySteps) => With(new WarmupStableDecay(warmupSteps, steps, decaySteps));
}
