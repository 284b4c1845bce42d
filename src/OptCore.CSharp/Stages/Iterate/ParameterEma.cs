using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Keeps an exponential moving average of the parameters beside them: <c>a = d a + (1−d) p</c>; the first update copies,
/// <c>a = p_1</c>. The parameters are not touched.
/// </summary>
/// <remarks>
/// The average is the slot <c>average</c> of the state (p_0 before the first update) and what <c>Result.Averaged</c>
/// returns; objectives are evaluated at p. It sees p behind constraints and behind iterates declared before it. d = 0
/// follows p. A NaN in p stays in the average for ever.
/// <para>Source: Polyak &amp; Juditsky 1992; Tarvainen &amp; Valpola 2017 for networks. Equals PyTorch
/// <c>AveragedModel(multi_avg_fn=get_ema_multi_avg_fn(d))</c> updated after every step. Differs: Keras starts from p_0 instead of
/// copying and under accumulation averages every micro-step; Optax <c>incremental_update</c> takes 1−d.</para>
/// </remarks>
/// <param name="Decay">d, the share that the average keeps per update: 0 ≤ d &lt; 1.</param>
/// <example><c>adam 0.001 |> average 0.999</c></example>
[Word("average")]
public sealed record ParameterEma(double Decay) : IFusedStage, IAverage
{
    /// <summary>d, the share that the average keeps per update: 0 ≤ d &lt; 1.</summary>
    public double Decay { get; init => field = Require.Decay(value, nameof(Decay)); } = Require.Decay(Decay, nameof(Decay));

    Phase IStage.Phase => Phase.Iterate;
    string IStage.Equation => "a = d a + (1−d) p (first update a = p)";
    string IAverage.AverageSlot => string.Empty;
    StageTraits IStage.Traits => StageTraits.Observer | StageTraits.Elementwise | StageTraits.RestsAtZero;
    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Copy(string.Empty)];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Apply(new Rule<V, T>(this), string.Empty);

    private struct Rule<V, T>(ParameterEma ema) : IRule1<V, T>, IPlainRule, IReadsParameters
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private Decay<V, T> _average;
        private V _copies;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => (_average, _copies) = (new(ema.Decay), V.First(step.Number == 1 ? V.Count : 0));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V average) => average = V.Select(_copies, p, _average.Of(average, p));
    }
}
