using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// An exponential moving average of the update.
/// <code>
/// m = β m + (1−β) u;  u = m
/// BiasCorrection:  u = m/(1−β^k)
/// Nesterov:        u = β m + (1−β) u;  with both:  u = β m/(1−β^(k+1)) + (1−β) u/(1−β^k)
/// </code>
/// </summary>
/// <remarks>
/// u keeps its units and, in the long run, its size: <c>momentum β</c> with the rate divided by 1−β, with Nesterov
/// <c>nesterov β</c>. Without correction the first u is (1−β) of the gradient. The correction divides what leaves the stage, not the
/// state. A NaN in u stays in m for ever (see <c>skipNonFinite</c>).
/// <para>Source: Brown 1956, exponential smoothing; corrected as by Kingma &amp; Ba 2015. Equals Optax <c>ema</c>, whose <c>debias</c> is
/// on unless told otherwise. Differs: PyTorch's <c>dampening = β</c> leaves the first gradient undampened.</para>
/// </remarks>
/// <param name="Beta">β, the decay of the average: 0 ≤ β &lt; 1. With 0 the stage is the identity.</param>
/// <example><c>sgd 0.1 |> ema 0.9</c>, <c>sgd 0.1 |> emaWith (Ema(0.9, Nesterov = true))</c></example>
[Word("ema")]
public sealed record Ema(double Beta) : IFusedStage
{
    /// <summary>β, the decay of the average: 0 ≤ β &lt; 1.</summary>
    public double Beta { get; init => field = Require.Decay(value, nameof(Beta)); } = Require.Decay(Beta, nameof(Beta));

    /// <summary>Whether the average is divided by 1−β^k.</summary>
    public bool BiasCorrection { get; init; }

    /// <summary>Whether the newest u is blended in once more: the average one step ahead.</summary>
    public bool Nesterov { get; init; }

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation => "m = β m + (1−β) u; u = " + (Nesterov, BiasCorrection) switch
    {
        (false, false) => "m",
        (false, true) => "m/(1−β^k)",
        (true, false) => "β m + (1−β) u",
        (true, true) => "β m/(1−β^{k+1}) + (1−β) u/(1−β^k)",
    };

    StageTraits IStage.Traits =>
        StageTraits.Momentum | StageTraits.Elementwise | StageTraits.Rotations | StageTraits.RestsAtZero
        | (BiasCorrection ? StageTraits.LinearInStep : StageTraits.Linear);

    IReadOnlyList<SlotSpec> IStage.Slots =>
        BiasCorrection ? [SlotSpec.Element("m"), SlotSpec.Power("betaPower")] : [SlotSpec.Element("m")];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var correction = builder.Correction("betaPower", () => Beta, BiasCorrection);
        if (Nesterov)
        {
            builder.Apply(new Ahead<V, T>(this, correction), "m");
        }
        else
        {
            builder.Apply(new Mean<V, T>(this), "m");
            if (BiasCorrection)
            {
                builder.Apply(new Corrected<V, T>(correction));
            }
        }
    }

    private struct Mean<V, T>(Ema ema) : IRule1<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private Decay<V, T> _m;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => _m = new(ema.Beta);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V m) => u = m = _m.Of(m, u);
    }

    // A rule of its own: a loop of many averages without a correction holds, and multiplies, one register less for each.
    private struct Corrected<V, T>(Correction correction) : IRule0<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _c;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => _c = V.Broadcast(step[correction]);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p) => u *= _c;
    }

    private struct Ahead<V, T>(Ema ema, Correction correction) : IRule1<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private Decay<V, T> _m;
        private V _ofMean, _ofUpdate;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            // With c = 1/(1−β^k): 1−β^(k+1) = 1 − β(1 − 1/c).
            var (beta, c) = (ema.Beta, step[correction]);
            _m = new(beta);
            _ofMean = V.Broadcast(ema.BiasCorrection ? beta / (1 - (beta * (1 - (1 / c)))) : beta);
            _ofUpdate = V.Broadcast((1 - beta) * c);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V m)
        {
            m = _m.Of(m, u);
            u = V.Fma(_ofMean, m, _ofUpdate * u);
        }
    }
}
