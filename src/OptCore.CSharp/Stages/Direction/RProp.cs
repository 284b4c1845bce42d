using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// RProp: every coordinate has its own step length, which grows while the gradient keeps its sign and shrinks when it
/// turns; the size of the gradient does not matter.
/// <code>
/// u·g > 0:  δ = min(δ·Up, Max);   u·g &lt; 0:  δ = max(δ·Down, Min) and u := 0;   g the gradient of the step before
/// g = u;  p ← p − sign(u) δ
/// </code>
/// </summary>
/// <remarks>
/// The rate is inside: η_0, brought into [Min, Max], is the first δ; later rates and schedules change nothing. δ is a length
/// in units of the parameters. A zero gradient leaves δ and p alone. At a turn p stays and g := 0, so that the step after
/// it moves with the same δ. Meant for full gradients: the noise of mini-batches turns signs. Only signs are compared: u·g
/// neither over- nor underflows. A NaN in u spoils p, but not δ.
/// <para>Source: Riedmiller &amp; Braun 1993, in the form iRprop− of Igel &amp; Hüsken 2000. Equals PyTorch <c>Rprop</c>.
/// Differs: the original takes its last step back when the sign turns; in Optax the first update is 0 and δ lags one
/// step.</para>
/// </remarks>
/// <example><c>rprop 0.01</c>, <c>rpropWith (RProp(Down = 0.6, Up = 1.5, Max = 0.05)) 0.01</c></example>
[Word("rprop", Head = true)]
public sealed record RProp : IFusedStage, IPlanCheck
{
    /// <summary>The factor of δ when the gradient turns: 0 &lt; Down &lt; 1.</summary>
    public double Down
    {
        get;
        init => field = value is > 0 and < 1 ? value : throw Require.Outside(nameof(Down), value, "0 < value < 1");
    } = 0.5;

    /// <summary>The factor of δ while the gradient keeps its sign: Up > 1, finite.</summary>
    public double Up
    {
        get;
        init => field = value > 1 && double.IsFinite(value) ? value : throw Require.Outside(nameof(Up), value, "1 < value, finite");
    } = 1.2;

    /// <summary>The smallest step length, in units of the parameters: 0 ≤ Min ≤ Max.</summary>
    public double Min { get; init => field = Require.NonNegative(value, nameof(Min)); } = 1e-6;

    /// <summary>The largest step length, in units of the parameters: Max > 0, infinity allowed.</summary>
    public double Max { get; init => field = Require.Threshold(value, nameof(Max)); } = 50;

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        "u g > 0: δ = min(δ·Up, Max); u g < 0: δ = max(δ·Down, Min), u = 0; g = u; u = sign(u) δ (first δ = η_0; no η in the step)";

    StageTraits IStage.Traits =>
        StageTraits.FirstRateOnly | StageTraits.RateInside | StageTraits.Elementwise | StageTraits.RestsAtZero;

    IReadOnlyList<SlotSpec> IStage.Slots =>
        [new("delta", SlotKind.Element, Start: SlotStart.Rate), SlotSpec.Element("previous")];

    void IPlanCheck.CheckPlan(long elements)
    {
        // Not at construction: there Min and Max are set one after the other, in an order that is the caller's.
        if (Min > Max)
        {
            throw Require.Outside(nameof(Min), Min, FormattableString.Invariant($"0 ≤ value ≤ Max = {Max}"));
        }
    }

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Apply(new Rule<V, T>(this), "delta", "previous");

    private struct Rule<V, T>(RProp rprop) : IRule2<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private Floor<V, T> _least;
        private Signs<V, T> _signs;
        private V _down, _up, _same, _most;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            (_down, _up, _same) = (V.Broadcast(rprop.Down), V.Broadcast(rprop.Up), V.Broadcast(1));
            (_least, _most, _signs) = (new(rprop.Min), V.Broadcast(rprop.Max), new());
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V delta, ref V previous)
        {
            var sign = _signs.Of(u);
            var agreement = sign * previous;
            var factor = V.WhereLess(V.Zero, agreement, _up, V.WhereLess(agreement, V.Zero, _down, _same));
            delta = V.MinOrSecond(_most, _least.Of(delta * factor));

            // 0 where the sign has turned, and there no step.
            previous = V.WhereLess(agreement, V.Zero, V.Zero, u);

            // Selected, not multiplied: with Max = ∞ a step may be infinite, and 0·∞ would be NaN.
            u = V.WhereEqual(previous, V.Zero, V.Zero, sign * delta);
        }
    }
}
