using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Rectified Adam: plain momentum until the second moment has seen enough gradients, then Adam shrunk by how uncertain
/// that moment still is: a warm-up without a setting.
/// <code>
/// m = β1 m + (1−β1) u;  v = β2 v + (1−β2) u²;  m̂ = m/(1−β1^k)
/// ρ∞ = 2/(1−β2) − 1;  ρ = ρ∞ − 2k β2^k/(1−β2^k);  r = √((ρ−4)(ρ−2)ρ∞ / ((ρ∞−4)(ρ∞−2)ρ))
/// ρ > 5:  u = m̂ r √(1−β2^k) / (√v + ε);   else:  u = m̂
/// </code>
/// </summary>
/// <remarks>
/// Where ρ ≤ 5 (k ≤ 5 with β2 = 0.999; every k with β2 ≤ 2/3) the direction has units of the gradient, after that it is
/// dimensionless: the rate changes its meaning with the step. With ε = 0 a coordinate whose history is all zero gets
/// u = 0. A NaN in u stays in m and v for ever (see <c>skipNonFinite</c>).
/// <para>Source: Liu et al. 2020, algorithm 2. Equals PyTorch <c>RAdam</c>. Differs: the paper and Optimisers.jl rectify
/// where ρ > 4; Optax where ρ ≥ 5 and adds ε to the corrected √v̂; TorchSharp applies the rate twice.</para>
/// </remarks>
/// <example><c>radam 0.001</c>, <c>radamWith (RAdam(Beta2 = 0.99)) 0.001</c></example>
[Word("radam", Head = true)]
public sealed record RAdam : IFusedStage
{
    /// <summary>β1, the decay of the first moment: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.9;

    /// <summary>β2, the decay of the second moment: 0 ≤ β2 &lt; 1.</summary>
    public double Beta2 { get; init => field = Require.Decay(value, nameof(Beta2)); } = 0.999;

    /// <summary>ε on the uncorrected root, in units of the gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-8;

    /// <inheritdoc/>
    public Phase Phase => Phase.Direction;

    /// <inheritdoc/>
    public string Equation =>
        "m = β1 m + (1−β1) u; v = β2 v + (1−β2) u²; u = m̂ r √(1−β2^k)/(√v + ε) where ρ_k > 5, else m̂";

    /// <inheritdoc/>
    public StageTraits Traits =>
        StageTraits.Momentum | StageTraits.Adaptive | StageTraits.Elementwise | StageTraits.RestsAtZero;

    /// <inheritdoc/>
    public IReadOnlyList<SlotSpec> Slots =>
        [SlotSpec.Element("m"), SlotSpec.Element("v"), SlotSpec.Scalar("beta1Power", 1), SlotSpec.Scalar("beta2Power", 1)];

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

    private struct Kernel<V, T, Guard>(RAdam stage, StageBuilder<V, T> builder) : IKernel<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
        where Guard : struct, ISwitch
    {
        private readonly double _beta1 = stage.Beta1, _beta2 = stage.Beta2, _epsilon = stage.Epsilon;
        private readonly ElementSlot _mSlot = builder.Element("m"), _vSlot = builder.Element("v");
        private readonly ScalarSlot _power1 = builder.Power("beta1Power", stage.Beta1), _power2 = builder.Power("beta2Power", stage.Beta2);
        private double _factor, _rectified;
        private Lane<T> _m, _v;
        private V _b1, _a1, _b2, _a2, _f, _eps, _rectifies;

        public readonly KernelUse Use => KernelUse.Update;

        public void Begin(StepContext step)
        {
            var most = (2 / (1 - _beta2)) - 1;
            var rho = most - (2 * step.Number * step[_power2] / (1 - step[_power2]));
            _rectified = rho > 5 ? 1 : 0;
            _factor = 1 / (1 - step[_power1]);
            if (rho > 5)
            {
                var r = Math.Sqrt((rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho));
                _factor *= r * Math.Sqrt(1 - step[_power2]);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Open(in Lanes<T> lanes)
        {
            (_m, _v) = (lanes[_mSlot], lanes[_vSlot]);
            (_b1, _a1) = (V.Broadcast(_beta1), V.Broadcast(1 - _beta1));
            (_b2, _a2) = (V.Broadcast(_beta2), V.Broadcast(1 - _beta2));
            (_f, _eps) = (V.Broadcast(_factor), V.Broadcast(_epsilon));
            _rectifies = V.Less(V.Zero, V.Broadcast(_rectified));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply<P>(ref V u, ref V p, P at)
            where P : struct, IPlace<V, T>
        {
            var m = V.Fma(_b1, at.Load(_m), _a1 * u);
            var v = V.Fma(_b2, at.Load(_v), _a2 * u * u);
            at.Store(_m, m);
            at.Store(_v, v);
            var numerator = m * _f;
            var denominator = V.Sqrt(v) + _eps;
            var adaptive = Guard.On ? VectorOperations.DivideOrZero<V, T>(numerator, denominator) : numerator / denominator;
            u = V.Select(_rectifies, adaptive, numerator);
        }
    }
}
