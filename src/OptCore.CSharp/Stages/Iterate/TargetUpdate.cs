using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Keeps a target that follows the parameters with delay: every n updates <c>target = target + Rate (p − target)</c>. The
/// parameters are not touched.
/// </summary>
/// <remarks>
/// The target is the slot <c>target</c> of the state, p_0 at the start; it changes in the updates k = n, 2n, 3n, … and rests
/// between them. With Rate = 1 it is a copy of p from time to time, with n = 1 a soft target. It is no average:
/// <c>Result.Averaged</c> does not read it. It sees p behind constraints and behind iterates declared before it, x behind
/// <c>scheduleFree</c>. With Rate &lt; 1 a NaN in p stays in the target for ever.
/// <para>Source: Mnih et al. 2015 (copies); Lillicrap et al. 2016 (soft targets). Equals Optax <c>periodic_update</c> and
/// <c>incremental_update</c>.</para>
/// </remarks>
/// <param name="Period">n, the number of updates from one change to the next: n ≥ 1.</param>
/// <example><c>adam 0.001 |> targetUpdate 1000</c>, <c>adam 0.001 |> targetUpdateWith (TargetUpdate(1, Rate = 0.005))</c></example>
[Word("targetUpdate")]
public sealed record TargetUpdate(int Period) : IFusedStage
{
    /// <summary>n, the number of updates from one change to the next: n ≥ 1.</summary>
    public int Period { get; init => field = Require.Count(value, nameof(Period)); } = Require.Count(Period, nameof(Period));

    /// <summary>The part of the way that the target goes: 0 ≤ Rate ≤ 1.</summary>
    public double Rate { get; init => field = Require.Between(value, 0, 1, nameof(Rate)); } = 1;

    Phase IStage.Phase => Phase.Iterate;
    string IStage.Equation => $"every n updates target = {(Rate == 1 ? "p" : "target + rate (p − target)")}";
    StageTraits IStage.Traits => StageTraits.Observer | StageTraits.Elementwise | StageTraits.RestsAtZero;
    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Copy("target")];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.ApplyResting(new Rule<V, T>(this), "target");

    private struct Rule<V, T>(TargetUpdate update) : IRule1<V, T>, IPlainRule, IReadsParameters, IRestingRule
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _rate, _copies;

        public bool Rests { get; private set; }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            _rate = V.Broadcast(update.Rate);

            // target + 1·(p − target) is not p in floating point.
            _copies = V.First(update.Rate == 1 ? V.Count : 0);
            Rests = step.Number % update.Period != 0;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V target) =>
            target = V.Select(_copies, p, V.Fma(_rate, p - target, target));
    }
}
