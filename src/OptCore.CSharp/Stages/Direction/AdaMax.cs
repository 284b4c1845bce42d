using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// AdaMax: Adam with a decaying maximum in place of the second moment.
/// <code>
/// m = β1 m + (1−β1) u;  n = max(β2 n, |u| + ε)
/// u = m̂ / n,  m̂ = m/(1−β1^k)
/// </code>
/// </summary>
/// <remarks>
/// The direction is dimensionless: the rate is a length per step. The maximum needs no bias correction. With ε = 0 a
/// coordinate whose history is all zero gets u = 0. A NaN in u stays in m and n for ever (see <c>skipNonFinite</c>).
/// <para>Source: Kingma &amp; Ba 2015, section 7.1. Equals PyTorch <c>Adamax</c> and Optax <c>adamax</c>.
/// Differs: the paper has no ε; Keras and Optimisers.jl divide by max(β2 n, |u|) + ε.</para>
/// </remarks>
/// <example><c>adaMax 0.002</c>, <c>adaMaxWith (AdaMax(Beta2 = 0.99)) 0.002</c></example>
[Word("adaMax", Head = true)]
public sealed record AdaMax : IFusedStage
{
    /// <summary>β1, the decay of the first moment: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.9;

    /// <summary>β2, the decay of the maximum: 0 ≤ β2 &lt; 1.</summary>
    public double Beta2 { get; init => field = Require.Decay(value, nameof(Beta2)); } = 0.999;

    /// <summary>ε, added to |u| inside the maximum, in units of the gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-8;

    /// <inheritdoc/>
    public Phase Phase => Phase.Direction;

    /// <inheritdoc/>
    public string Equation => "m = β1 m + (1−β1) u; n = max(β2 n, |u| + ε); u = m̂/n";

    /// <inheritdoc/>
    public StageTraits Traits =>
        StageTraits.Momentum | StageTraits.Adaptive | StageTraits.Elementwise | StageTraits.RestsAtZero;

    /// <inheritdoc/>
    public IReadOnlyList<SlotSpec> Slots => [SlotSpec.Element("m"), SlotSpec.Element("n"), SlotSpec.Scalar("beta1Power", 1)];

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

    private struct Kernel<V, T, Guard>(AdaMax stage, StageBuilder<V, T> builder) : IKernel<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
        where Guard : struct, ISwitch
    {
        private readonly double _beta1 = stage.Beta1, _beta2 = stage.Beta2, _epsilon = stage.Epsilon;
        private readonly ElementSlot _mSlot = builder.Element("m"), _nSlot = builder.Element("n");
        private readonly ScalarSlot _power1 = builder.Power("beta1Power", stage.Beta1);
        private double _correction1;
        private Lane<T> _m, _n;
        private V _b1, _a1, _b2, _c1, _eps;

        public readonly KernelUse Use => KernelUse.Update;

        public void Begin(StepContext step) => _correction1 = 1 / (1 - step[_power1]);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Open(in Lanes<T> lanes)
        {
            (_m, _n) = (lanes[_mSlot], lanes[_nSlot]);
            (_b1, _a1) = (V.Broadcast(_beta1), V.Broadcast(1 - _beta1));
            (_b2, _c1, _eps) = (V.Broadcast(_beta2), V.Broadcast(_correction1), V.Broadcast(_epsilon));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply<P>(ref V u, ref V p, P at)
            where P : struct, IPlace<V, T>
        {
            var m = V.Fma(_b1, at.Load(_m), _a1 * u);
            var n = V.Max(_b2 * at.Load(_n), V.Abs(u) + _eps);
            at.Store(_m, m);
            at.Store(_n, n);
            var numerator = m * _c1;
            u = Guard.On ? VectorOperations.DivideOrZero<V, T>(numerator, n) : numerator / n;
        }
    }
}
