using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Yogi: Adam whose second moment moves by an amount that depends on u² alone, so that it does not collapse after a large
/// gradient.
/// <code>
/// m = β1 m + (1−β1) u;  v = v − (1−β2) sign(v − u²) u²;  m_0 = v_0 = Initial
/// u = m̂ / (√v̂ + ε),  m̂ = m/(1−β1^k),  v̂ = v/(1−β2^k)
/// </code>
/// </summary>
/// <remarks>
/// The direction is dimensionless: the rate is a length per step. v stays ≥ 0. Both moments start at Initial and are
/// bias-corrected all the same, as in Optax: with a gradient of zero the first direction is Initial·β1/(1−β1) over
/// √(Initial/(1−β2)) + ε, not 0. With ε = 0 the direction is 0 where m is 0. A NaN in u stays in m and v for ever (see
/// <c>skipNonFinite</c>).
/// <para>Source: Zaheer et al. 2018, algorithm 2. Equals Optax <c>yogi</c>. Differs: the paper corrects no bias and starts
/// m at 0.</para>
/// </remarks>
/// <example><c>yogi 0.01</c>, <c>yogiWith (Yogi(Initial = 0.0)) 0.01</c></example>
[Word("yogi", Head = true)]
public sealed record Yogi : IDividingStage
{
    /// <summary>β1, the decay of the first moment: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.9;

    /// <summary>β2; 1−β2 is the share of u² by which the second moment moves: 0 ≤ β2 &lt; 1.</summary>
    public double Beta2 { get; init => field = Require.Decay(value, nameof(Beta2)); } = 0.999;

    /// <summary>ε outside the root, in units of the gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-3;

    /// <summary>The value from which both moments start: ≥ 0.</summary>
    public double Initial { get; init => field = Require.NonNegative(value, nameof(Initial)); } = 1e-6;

    Phase IStage.Phase => Phase.Direction;
    string IStage.Equation => "m = β1 m + (1−β1) u; v = v − (1−β2) sign(v−u²) u²; u = m̂/(√v̂ + ε)";

    StageTraits IStage.Traits =>
        StageTraits.Momentum | StageTraits.Adaptive | StageTraits.Elementwise | (Initial == 0 ? StageTraits.RestsAtZero : StageTraits.None);

    IReadOnlyList<SlotSpec> IStage.Slots =>
    [
        SlotSpec.Element("m", Initial), SlotSpec.Element("v", Initial),
        SlotSpec.Power("beta1Power"), SlotSpec.Power("beta2Power"),
    ];

    double IDividingStage.LeastDenominator => Epsilon;

    void IDividingStage.Build<V, T, Guard>(StageBuilder<V, T> builder)
    {
        var (first, second) = (builder.Correction("beta1Power", () => Beta1), builder.Correction("beta2Power", () => Beta2));
        builder.Apply(new Rule<V, T, Guard>(this, first, second), "m", "v");
    }

    private struct Rule<V, T, Guard>(Yogi yogi, Correction first, Correction second) : IRule2<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
        where Guard : struct, ISwitch
    {
        private Decay<V, T> _m;
        private Signs<V, T> _signs;
        private V _minusA2, _c1, _c2, _eps;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            (_m, _minusA2, _eps) = (new(yogi.Beta1), V.Broadcast(yogi.Beta2 - 1), V.Broadcast(yogi.Epsilon));
            (_c1, _c2, _signs) = (V.Broadcast(step[first]), V.Broadcast(step[second]), new());
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V m, ref V v)
        {
            var square = u * u;
            m = _m.Of(m, u);
            v = V.Fma(_minusA2 * _signs.Of(v - square), square, v);
            u = Guarded<V, T, Guard>.Divide(m * _c1, V.Sqrt(v * _c2) + _eps);
        }
    }
}
