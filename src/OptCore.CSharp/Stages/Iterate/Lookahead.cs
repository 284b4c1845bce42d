using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Lookahead: every n updates a slow copy of the parameters goes part of the way to them, and they go back to it,
/// <c>slow = slow + α(p − slow); p = slow</c>.
/// </summary>
/// <remarks>
/// Acts on the updates k = n, 2n, 3n, …; between them the slow copy (slot <c>slow</c>, p_0 at the start) rests. Nothing
/// else is reset: momentum and averages go on. α = 1 with any n, and so n = 1, leaves p exactly as it is.
/// A NaN in p enters the slow copy at the next such update. At most one stage that owns the parameters may stand in an optimizer.
/// <para>Source: Zhang, Lucas, Ba &amp; Hinton 2019, algorithm 1. Equals Optax <c>lookahead(sync_period=n,
/// slow_step_size=α, reset_state=False)</c>; its fast parameters are p here.</para>
/// </remarks>
/// <param name="Period">n, the number of updates from one exchange to the next: n ≥ 1.</param>
/// <param name="Alpha">α, the part of the way that the slow copy goes: 0 ≤ α ≤ 1.</param>
/// <example><c>adam 0.001 |> lookahead 5 0.5</c></example>
[Word("lookahead")]
public sealed record Lookahead(int Period, double Alpha) : IOwnsParameters, IPeriodic
{
    /// <summary>n, the number of updates from one exchange to the next: n ≥ 1.</summary>
    public int Period { get; init => field = Require.Count(value, nameof(Period)); } = Require.Count(Period, nameof(Period));

    /// <summary>α, the part of the way that the slow copy goes: 0 ≤ α ≤ 1.</summary>
    public double Alpha { get; init => field = Require.Between(value, 0, 1, nameof(Alpha)); } = Require.Between(Alpha, 0, 1, nameof(Alpha));

    Phase IStage.Phase => Phase.Iterate;
    string IStage.Equation => "every n updates slow = slow + α (p − slow); p = slow";
    StageTraits IStage.Traits => StageTraits.Elementwise | StageTraits.RestsAtZero;
    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Copy("slow")];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.ApplyResting(new Rule<V, T>(this), "slow");

    private struct Rule<V, T>(Lookahead lookahead) : IRule1<V, T>, IWritesParameters, IRestingRule
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _alpha, _whole;

        public bool Rests { get; private set; }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            _alpha = V.Broadcast(lookahead.Alpha);

            // slow + 1·(p − slow) is not p in floating point.
            _whole = V.First(lookahead.Alpha == 1 ? V.Count : 0);
            Rests = step.Number % lookahead.Period != 0;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V slow)
        {
            slow = V.Select(_whole, p, V.Fma(_alpha, p - slow, slow));
            p = slow;
        }
    }
}
