using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Keeps an exponential moving average of the parameters beside them: <c>a = d a + (1−d) p</c>; the first update copies,
/// <c>a = p_1</c>. The parameters are not touched.
/// </summary>
/// <remarks>
/// The average is the slot <c>average</c> of the state (p_0 before the first update) and what <c>Result.Averaged</c>
/// returns; objectives are evaluated at p. It sees p behind constraints and behind iterates declared before it, x behind
/// <c>scheduleFree</c>. d = 0 follows p. With <see cref="Every"/> = n it acts on the updates k = n, 2n, 3n, … and rests between
/// them. With <see cref="Warmup"/> its j-th time has the share min(d, (1+j)/(10+j)) and nothing is copied, so that p_0 is
/// forgotten soon. A NaN in p stays in the average for ever.
/// <para>Source: Polyak &amp; Juditsky 1992; Tarvainen &amp; Valpola 2017 for networks. Equals PyTorch
/// <c>AveragedModel(multi_avg_fn=get_ema_multi_avg_fn(d))</c> updated after every step; with Warmup TensorFlow
/// <c>ExponentialMovingAverage(d, num_updates)</c>. Differs: Keras starts from p_0 instead of
/// copying and under accumulation averages every micro-step; Optax <c>incremental_update</c> takes 1−d.</para>
/// </remarks>
/// <param name="Decay">d, the share that the average keeps per update: 0 ≤ d &lt; 1.</param>
/// <example><c>adam 0.001 |> average 0.999</c>, <c>adam 0.001 |> averageWith (ParameterEma(0.999, Every = 10, Warmup = true))</c></example>
[Word("average")]
public sealed record ParameterEma(double Decay) : IFusedStage, IAverage
{
    /// <summary>d, the share that the average keeps per update: 0 ≤ d &lt; 1.</summary>
    public double Decay { get; init => field = Require.Decay(value, nameof(Decay)); } = Require.Decay(Decay, nameof(Decay));

    /// <summary>The number of updates from one average to the next: ≥ 1.</summary>
    public int Every { get; init => field = Require.Count(value, nameof(Every)); } = 1;

    /// <summary>Whether the first shares are smaller and p_0 is part of the average.</summary>
    public bool Warmup { get; init; }

    Phase IStage.Phase => Phase.Iterate;

    string IStage.Equation =>
        (Every == 1 ? string.Empty : "every Every-th update, the j-th: ")
        + (Warmup ? "a = d_j a + (1−d_j) p, d_j = min(d, (1+j)/(10+j))" : "a = d a + (1−d) p (first update a = p)")
        + (Warmup && Every == 1 ? ", j = k" : string.Empty);

    string IAverage.AverageSlot => string.Empty;
    StageTraits IStage.Traits => StageTraits.Observer | StageTraits.Elementwise | StageTraits.RestsAtZero;
    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Copy(string.Empty)];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.ApplyResting(new Rule<V, T>(this), string.Empty);

    private struct Rule<V, T>(ParameterEma ema) : IRule1<V, T>, IPlainRule, IReadsParameters, IRestingRule
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private Decay<V, T> _average;
        private V _copies;

        public bool Rests { get; private set; }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            var (number, rest) = Math.DivRem(step.Number, ema.Every);
            _average = new(ema.Warmup ? Math.Min(ema.Decay, (1.0 + number) / (10.0 + number)) : ema.Decay);
            _copies = V.First(number == 1 && !ema.Warmup ? V.Count : 0);
            Rests = rest != 0;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V average) =>
            average = V.Select(_copies, p, _average.Of(average, p));
    }
}
