using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// AMSGrad: Adam whose second moment never falls, so that a rare large gradient is not forgotten.
/// <code>
/// m = β1 m + (1−β1) u;  v = β2 v + (1−β2) u²;  w = max(w, v)
/// u = m̂ / (√(w/(1−β2^k)) + ε),  m̂ = m/(1−β1^k)
/// CorrectedMax:  w = max(w, v/(1−β2^k));  u = m̂ / (√w + ε)
/// </code>
/// </summary>
/// <remarks>
/// The direction is dimensionless: the rate is a length per step. The two forms agree in the first step only: the raw
/// maximum is corrected by the step that reads it, the corrected one by the step that made it. With ε = 0 a coordinate
/// whose history is all zero gets u = 0. One large gradient lowers its coordinate's steps for ever; a NaN in u stays in m,
/// v and w for ever (see <c>skipNonFinite</c>).
/// <para>Source: Reddi, Kale &amp; Kumar 2018. Equals PyTorch <c>Adam(amsgrad=True)</c>; with CorrectedMax Optax
/// <c>amsgrad</c>. Differs: the paper and Optimisers.jl correct no bias; Keras puts ε on the uncorrected root.</para>
/// </remarks>
/// <example><c>amsGrad 0.001</c>, <c>amsGradWith (AmsGrad(CorrectedMax = true)) 0.001</c></example>
[Word("amsGrad", Head = true)]
public sealed record AmsGrad : IFusedStage
{
    /// <summary>β1, the decay of the first moment: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.9;

    /// <summary>β2, the decay of the second moment: 0 ≤ β2 &lt; 1.</summary>
    public double Beta2 { get; init => field = Require.Decay(value, nameof(Beta2)); } = 0.999;

    /// <summary>ε outside the root, in units of the gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-8;

    /// <summary>Whether the maximum is taken of the corrected second moments instead of the raw ones.</summary>
    public bool CorrectedMax { get; init; }

    /// <inheritdoc/>
    public Phase Phase => Phase.Direction;

    /// <inheritdoc/>
    public string Equation =>
        $"m = β1 m + (1−β1) u; v = β2 v + (1−β2) u²; {(CorrectedMax ? "w = max(w, v̂); u = m̂/(√w + ε)" : "w = max(w, v); u = m̂/(√ŵ + ε)")}";

    /// <inheritdoc/>
    public StageTraits Traits =>
        StageTraits.Momentum | StageTraits.Adaptive | StageTraits.Elementwise | StageTraits.RestsAtZero;

    /// <inheritdoc/>
    public IReadOnlyList<SlotSpec> Slots =>
    [
        SlotSpec.Element("m"), SlotSpec.Element("v"), SlotSpec.Element("w"),
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

    private struct Kernel<V, T, Guard>(AmsGrad stage, StageBuilder<V, T> builder) : IKernel<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
        where Guard : struct, ISwitch
    {
        private readonly double _beta1 = stage.Beta1, _beta2 = stage.Beta2, _epsilon = stage.Epsilon;
        private readonly bool _correctsFirst = stage.CorrectedMax;
        private readonly ElementSlot _mSlot = builder.Element("m"), _vSlot = builder.Element("v"), _wSlot = builder.Element("w");
        private readonly ScalarSlot _power1 = builder.Power("beta1Power", stage.Beta1), _power2 = builder.Power("beta2Power", stage.Beta2);
        private double _correction1, _before, _after;
        private Lane<T> _m, _v, _w;
        private V _b1, _a1, _b2, _a2, _c1, _before2, _after2, _eps;

        public readonly KernelUse Use => KernelUse.Update;

        public void Begin(StepContext step)
        {
            _correction1 = 1 / (1 - step[_power1]);
            var correction2 = 1 / (1 - step[_power2]);

            // One loop for both forms: a factor of 1 is exact.
            (_before, _after) = _correctsFirst ? (correction2, 1.0) : (1.0, correction2);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Open(in Lanes<T> lanes)
        {
            (_m, _v, _w) = (lanes[_mSlot], lanes[_vSlot], lanes[_wSlot]);
            (_b1, _a1) = (V.Broadcast(_beta1), V.Broadcast(1 - _beta1));
            (_b2, _a2) = (V.Broadcast(_beta2), V.Broadcast(1 - _beta2));
            (_c1, _before2, _after2) = (V.Broadcast(_correction1), V.Broadcast(_before), V.Broadcast(_after));
            _eps = V.Broadcast(_epsilon);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply<P>(ref V u, ref V p, P at)
            where P : struct, IPlace<V, T>
        {
            var m = V.Fma(_b1, at.Load(_m), _a1 * u);
            var v = V.Fma(_b2, at.Load(_v), _a2 * u * u);
            var w = V.Max(at.Load(_w), v * _before2);
            at.Store(_m, m);
            at.Store(_v, v);
            at.Store(_w, w);
            var numerator = m * _c1;
            var denominator = V.Sqrt(w * _after2) + _eps;
            u = Guard.On ? VectorOperations.DivideOrZero<V, T>(numerator, denominator) : numerator / denominator;
        }
    }
}
