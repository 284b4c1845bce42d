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
/// A NaN in p enters the slow copy at the next such update.
/// <para>Source: Zhang, Lucas, Ba &amp; Hinton 2019, algorithm 1. Equals Optax <c>lookahead(sync_period=n,
/// slow_step_size=α, reset_state=False)</c>; its fast parameters are p here.</para>
/// </remarks>
/// <param name="Period">n, the number of updates from one exchange to the next: n ≥ 1.</param>
/// <param name="Alpha">α, the part of the way that the slow copy goes: 0 ≤ α ≤ 1.</param>
/// <example><c>adam 0.001 |> lookahead 5 0.5</c></example>
[Word("lookahead")]
public sealed record Lookahead(int Period, double Alpha) : IFusedStage
{
    /// <summary>n, the number of updates from one exchange to the next: n ≥ 1.</summary>
    public int Period { get; init => field = Require.Count(value, nameof(Period)); } = Require.Count(Period, nameof(Period));

    /// <summary>α, the part of the way that the slow copy goes: 0 ≤ α ≤ 1.</summary>
    public double Alpha { get; init => field = Require.Between(value, 0, 1, nameof(Alpha)); } = Require.Between(Alpha, 0, 1, nameof(Alpha));

    /// <inheritdoc/>
    public Phase Phase => Phase.Iterate;

    /// <inheritdoc/>
    public string Equation => "every n updates slow = slow + α (p − slow); p = slow";

    /// <inheritdoc/>
    public StageTraits Traits => StageTraits.Elementwise | StageTraits.RestsAtZero;

    /// <inheritdoc/>
    public IReadOnlyList<SlotSpec> Slots => [new("slow", SlotKind.Element, Start: SlotStart.Parameters)];

    /// <inheritdoc/>
    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        // slow + 1·(p − slow) is not p in floating point.
        if (Alpha == 1)
        {
            builder.Apply(new Kernel<V, T, On>(this, builder.Element("slow")));
        }
        else
        {
            builder.Apply(new Kernel<V, T, Off>(this, builder.Element("slow")));
        }
    }

    private struct Kernel<V, T, Whole>(Lookahead stage, ElementSlot slot) : IKernel<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged
        where Whole : struct, ISwitch
    {
        private readonly int _period = stage.Period;
        private readonly double _alpha = stage.Alpha;
        private bool _exchanges;
        private Lane<T> _slow;
        private V _a, _mask;

        public readonly KernelUse Use => KernelUse.WritesParameters;

        public void Begin(StepContext step) => _exchanges = step.Number % _period == 0;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Open(in Lanes<T> lanes) => (_slow, _a, _mask) = (lanes[slot], V.Broadcast(_alpha), V.First(_exchanges ? V.Count : 0));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply<P>(ref V u, ref V p, P at)
            where P : struct, IPlace<V, T>
        {
            var slow = at.Load(_slow);
            slow = V.Select(_mask, Whole.On ? p : V.Fma(_a, p - slow, slow), slow);
            at.Store(_slow, slow);
            p = V.Select(_mask, slow, p);
        }
    }
}
