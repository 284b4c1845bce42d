// Generated from the records by scripts/generate.
namespace OptCore;

/// <content>
/// The schedules: each multiplies the rate by one more factor s(t). Options are given by the record:
/// <c>With(new Cosine(100) { Floor = 0.1 })</c>.
/// </content>
public sealed partial class Optimizer
{
    /// <summary>A fixed factor: <c>s(t) = a</c>.</summary>
    /// <param name="value">a ≥ 0, finite.</param>
    /// <remarks>Equals Optax <c>constant_schedule</c>.</remarks>
    /// <seealso cref="OptCore.Constant"/>
    public Optimizer Constant(double value) => With(new Constant(value));

    /// <summary>
    /// Half a cosine wave from 1 down to the floor: <c>s(t) = f + (1−f)·(½(1 + cos(π·min(t,T)/T)))^Exponent</c>.
    /// </summary>
    /// <param name="steps">T ≥ 1, the update from which on the floor holds.</param>
    /// <remarks>
    /// Loshchilov and Hutter, SGDR, 2017, equation 5. Equals Optax <c>cosine_decay_schedule</c> (alpha = f, exponent =
    /// Exponent).
    /// </remarks>
    /// <seealso cref="OptCore.Cosine"/>
    public Optimizer Cosine(int steps) => With(new Cosine(steps));

    /// <summary>
    /// Cosine waves of length T, mT, m²T, …, each from 1 down to 0: <c>s(t) = ½(1 + cos(π·τ/L))</c>, τ the updates
    /// since the last restart, L the length of its wave.
    /// </summary>
    /// <param name="steps">T ≥ 1, the length of the first wave in updates.</param>
    /// <param name="multiplier">m ≥ 1, an integer: the growth of the length from wave to wave.</param>
    /// <remarks>
    /// Loshchilov and Hutter, SGDR, 2017. Equals PyTorch <c>CosineAnnealingWarmRestarts</c> with eta_min = 0.
    /// </remarks>
    /// <seealso cref="OptCore.CosineRestarts"/>
    public Optimizer CosineRestarts(int steps, int multiplier) => With(new CosineRestarts(steps, multiplier));

    /// <summary>Exponential decay: <c>s(t) = e^(−λt)</c>.</summary>
    /// <param name="rate">λ ≥ 0, finite, per update.</param>
    /// <seealso cref="OptCore.ExponentialDecay"/>
    public Optimizer Exponential(double rate) => With(new ExponentialDecay(rate));

    /// <summary>The same factor at every update: <c>s(t) = γ^t</c>.</summary>
    /// <param name="factor">γ ≥ 0, finite.</param>
    /// <remarks>Equals PyTorch <c>ExponentialLR</c>, once per update.</remarks>
    /// <seealso cref="OptCore.GeometricDecay"/>
    public Optimizer Geometric(double factor) => With(new GeometricDecay(factor));

    /// <summary>The step size of the O(1/√k) theory: <c>s(t) = 1/√(t+1)</c>.</summary>
    /// <remarks>Zinkevich, 2003 (online gradient descent).</remarks>
    /// <seealso cref="OptCore.InverseSqrt"/>
    public Optimizer InverseSqrt() => With(new InverseSqrt());

    /// <summary>Hyperbolic decay: <c>s(t) = 1/(1 + λt)</c>, with a power <c>(1 + λt)^(−Power)</c>.</summary>
    /// <param name="rate">λ ≥ 0, finite, per update.</param>
    /// <remarks>
    /// Robbins and Monro, 1951, for step sizes of order 1/t. Equals Keras <c>InverseTimeDecay</c> with λ =
    /// decay_rate/decay_steps and no staircase; with a power, the rate of PyTorch <c>ASGD</c>.
    /// </remarks>
    /// <seealso cref="OptCore.InverseTime"/>
    public Optimizer InverseTime(double rate) => With(new InverseTime(rate));

    /// <summary>
    /// A straight line from a to b: <c>s(t) = a + (b−a)·min(t,T)/T</c>; by default <c>1 − min(t,T)/T</c>.
    /// </summary>
    /// <param name="steps">T ≥ 1, the update from which on the last value holds.</param>
    /// <remarks>Equals Optax <c>linear_schedule(a, b, T)</c> and, with the defaults, <c>polynomial 1.0 T</c>.</remarks>
    /// <seealso cref="OptCore.LinearRamp"/>
    public Optimizer Linear(int steps) => With(new LinearRamp(steps));

    /// <summary>A drop by one factor at each milestone: <c>s(t) = γ^(number of milestones ≤ t)</c>.</summary>
    /// <param name="milestones">The steps of the drops, each ≥ 0, in any order.</param>
    /// <param name="factor">γ ≥ 0, finite.</param>
    /// <remarks>Equals PyTorch <c>MultiStepLR</c>.</remarks>
    /// <seealso cref="OptCore.MultiStep"/>
    public Optimizer MultiStep(IEnumerable<int> milestones, double factor) => With(new MultiStep(milestones, factor));

    /// <summary>
    /// One cycle: up from a to 1 at <c>P = ⌊w·T⌋</c>, down to b at T, each along half a cosine wave:
    /// <c>a + (1−a)·½(1 − cos(π·t/P))</c> for t &lt; P, then <c>b + (1−b)·½(1 + cos(π·(t−P)/(T−P)))</c>.
    /// </summary>
    /// <param name="steps">T ≥ 1, the updates of the cycle.</param>
    /// <remarks>Smith and Topin, 2018. Equals Optax <c>cosine_onecycle_schedule</c>, which rounds P down too.</remarks>
    /// <seealso cref="OptCore.OneCycle"/>
    public Optimizer OneCycle(int steps) => With(new OneCycle(steps));

    /// <summary>A power of the part still to do: <c>s(t) = (1 − min(t,T)/T)^q</c>.</summary>
    /// <param name="power">q ≥ 0, finite.</param>
    /// <param name="steps">T ≥ 1, the update from which on the value is 0.</param>
    /// <remarks>Equals PyTorch <c>PolynomialLR</c>.</remarks>
    /// <seealso cref="OptCore.PolynomialDecay"/>
    public Optimizer Polynomial(double power, int steps) => With(new PolynomialDecay(power, steps));

    /// <summary>
    /// A fall that is steep at first, with the root of the time: <c>s(t) = f + (1−f)·(1 − √(min(t,T)/T))</c>.
    /// </summary>
    /// <param name="steps">T ≥ 1, the update from which on the floor holds.</param>
    /// <remarks>Hägele et al. 2024, section 3.</remarks>
    /// <seealso cref="OptCore.SqrtDecay"/>
    public Optimizer SqrtDecay(int steps) => With(new SqrtDecay(steps));

    /// <summary>A drop by one factor every n updates: <c>s(t) = γ^⌊t/n⌋</c>.</summary>
    /// <param name="every">n ≥ 1, the updates between two drops.</param>
    /// <param name="factor">γ ≥ 0, finite.</param>
    /// <remarks>Equals PyTorch <c>StepLR</c>, whose default γ = 0.1 is no default here.</remarks>
    /// <seealso cref="OptCore.StepDecay"/>
    public Optimizer StepDecay(int every, double factor) => With(new StepDecay(every, factor));

    /// <summary>Values from a list: <c>s(t) = v_t</c>, the last one from then on.</summary>
    /// <param name="values">v_0, v_1, …: at least one, each ≥ 0 and finite.</param>
    /// <remarks>Equals PyTorch <c>LambdaLR</c> of a list that is read at its last place past its end.</remarks>
    /// <seealso cref="OptCore.Table"/>
    public Optimizer Table(params IEnumerable<double> values) => With(new Table(values));

    /// <summary>
    /// A zigzag between a and 1: <c>s(t) = 1 − (1−a)·|t mod 2n − n|/n</c>, so a at t = 0, 1 at t = n, a at t = 2n.
    /// </summary>
    /// <param name="halfPeriod">n ≥ 1, the updates from the lowest to the highest value.</param>
    /// <param name="low">0 ≤ a ≤ 1, the lowest value.</param>
    /// <remarks>
    /// Smith, 2017 (cyclical learning rates). Equals PyTorch <c>CyclicLR</c> in the mode <c>triangular</c> with base_lr
    /// = a·lr, max_lr = lr, step_size_up = n, without its cycling momentum.
    /// </remarks>
    /// <seealso cref="OptCore.TriangularWave"/>
    public Optimizer Triangular(int halfPeriod, double low) => With(new TriangularWave(halfPeriod, low));

    /// <summary>A linear warm-up whose first value is above zero: <c>s(t) = min(1, (t+1)/n)</c>.</summary>
    /// <param name="steps">n ≥ 1, the updates of the warm-up.</param>
    /// <remarks>Goyal et al., 2017, section 2.2.</remarks>
    /// <seealso cref="OptCore.Warmup"/>
    public Optimizer Warmup(int steps) => With(new Warmup(steps));

    /// <summary>
    /// A warm-up and then half a cosine wave: <c>(t+1)/n</c> for t &lt; n, then <c>½(1 + cos(π·(t−n)/(T−n)))</c>.
    /// </summary>
    /// <param name="warmupSteps">n ≥ 1, the updates of the warm-up.</param>
    /// <param name="steps">T > n, the update from which on the value is 0.</param>
    /// <seealso cref="OptCore.WarmupCosine"/>
    public Optimizer WarmupCosine(int warmupSteps, int steps) => With(new WarmupCosine(warmupSteps, steps));

    /// <summary>A linear warm-up from a chosen value: <c>s(t) = a + (1−a)·min(1, t/n)</c>.</summary>
    /// <param name="from">0 ≤ a ≤ 1, the first value.</param>
    /// <param name="steps">n ≥ 1, the update from which on the value is 1.</param>
    /// <remarks>
    /// Equals PyTorch <c>LinearLR</c> (start_factor = a, total_iters = n), whose defaults 1/3 and 5 are no defaults
    /// here, and, continued by <c>Schedule.andThen n (Schedule.cosine m)</c>, Optax <c>warmup_cosine_decay_schedule</c>
    /// with decay_steps = n + m.
    /// </remarks>
    /// <seealso cref="OptCore.WarmupFrom"/>
    public Optimizer WarmupFrom(double from, int steps) => With(new WarmupFrom(from, steps));

    /// <summary>
    /// A warm-up, a plateau, a linear end: <c>min(1, (t+1)/n)</c>, then 1, then <c>(T−t)/d</c> over the last d updates,
    /// 0 from T on.
    /// </summary>
    /// <param name="warmupSteps">n ≥ 1, the updates of the warm-up.</param>
    /// <param name="steps">T > n, the update from which on the value is 0.</param>
    /// <param name="decaySteps">1 ≤ d ≤ T − n, the updates of the decay.</param>
    /// <remarks>Hu et al., MiniCPM, 2024 (there with an exponential end).</remarks>
    /// <seealso cref="OptCore.WarmupStableDecay"/>
    public Optimizer WarmupStableDecay(int warmupSteps, int steps, int decaySteps) =>
        With(new WarmupStableDecay(warmupSteps, steps, decaySteps));
}
