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
public sealed record Yogi : IFusedStage
{
    /// <summary>β1, the decay of the first moment: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.9;

    /// <summary>β2; 1−β2 is the share of u² by which the second moment moves: 0 ≤ β2 &lt; 1.</summary>
    public double Beta2 { get; init => field = Require.Decay(value, nameof(Beta2)); } = 0.999;

    /// <summary>ε outside the root, in units of the gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-3;

    /// <summary>The value from which both moments start: ≥ 0.</summary>
    public double Initial { get; init => field = Require.NonNegative(value, nameof(Initial)); } = 1e-6;

    /// <inheritdoc/>
    public Phase Phase => Phase.Direction;

    /// <inheritdoc/>
    public string Equation => "m = β1 m + (1−β1) u; v = v − (1−β2) sign(v−u²) u²; u = m̂/(√v̂ + ε)";

    /// <inheritdoc/>
    public StageTraits Traits =>
        StageTraits.Momentum | StageTraits.Adaptive | StageTraits.Elementwise | (Initial == 0 ? StageTraits.RestsAtZero : StageTraits.None);

    /// <inheritdoc/>
    public IReadOnlyList<SlotSpec> Slots =>
    [
        SlotSpec.Element("m", Initial), SlotSpec.Element("v", Initial),
        SlotSpec.Scalar("beta1Power", 1), SlotSpec.Scalar("beta2Power", 1),
    ];

    /// <inheritdoc/>
    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        if (T.CreateTruncating(Epsilon) > T.Zero)
        {
            builder.Apply(new Kernel<V, T, Off>(this, builder));
        }
        else
        {
            builder.Apply(new Kernel<V, T, On>(this, builder));
        }
    }

    private struct Kernel<V, T, Guard>(Yogi stage, StageBuilder<V, T> builder) : IKernel<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
        where Guard : struct, ISwitch
    {
        private readonly double _beta1 = stage.Beta1, _beta2 = stage.Beta2, _epsilon = stage.Epsilon;
        private readonly ElementSlot _mSlot = builder.Element("m"), _vSlot = builder.Element("v");
        private readonly ScalarSlot _power1 = builder.Power("beta1Power", stage.Beta1), _power2 = builder.Power("beta2Power", stage.Beta2);
        private double _correction1, _correction2;
        private Lane<T> _m, _v;
        private V _b1, _a1, _minusA2, _c1, _c2, _eps;

        public readonly KernelUse Use => KernelUse.Update;

        public void Begin(StepContext step)
        {
            _correction1 = 1 / (1 - step[_power1]);
            _correction2 = 1 / (1 - step[_power2]);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Open(in Lanes<T> lanes)
        {
            (_m, _v) = (lanes[_mSlot], lanes[_vSlot]);
            (_b1, _a1, _minusA2) = (V.Broadcast(_beta1), V.Broadcast(1 - _beta1), V.Broadcast(_beta2 - 1));
            (_c1, _c2, _eps) = (V.Broadcast(_correction1), V.Broadcast(_correction2), V.Broadcast(_epsilon));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply<P>(ref V u, ref V p, P at)
            where P : struct, IPlace<V, T>
        {
            var m = V.Fma(_b1, at.Load(_m), _a1 * u);
            var v = at.Load(_v);
            var square = u * u;
            v = V.Fma(_minusA2 * VectorOperations.Sign<V, T>(v - square), square, v);
            at.Store(_m, m);
            at.Store(_v, v);
            var numerator = m * _c1;
            var denominator = V.Sqrt(v * _c2) + _eps;
            u = Guard.On ? VectorOperations.DivideOrZero<V, T>(numerator, denominator) : numerator / denominator;
        }
    }
}
