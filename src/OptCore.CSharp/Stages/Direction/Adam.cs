using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Adam: a direction from bias-corrected moving averages of the gradient and of its square.
/// <code>
/// m = β1 m + (1−β1) u;  v = β2 v + (1−β2) u²
/// u = m̂ / (√(v̂ + ε_root) + ε),  m̂ = m/(1−β1^k),  v̂ = v/(1−β2^k)
/// </code>
/// </summary>
/// <remarks>
/// The direction is dimensionless: the rate is a length per step. With ε = ε_root = 0 a coordinate whose history is all
/// zero gets u = 0. A NaN in u stays in m and v for ever (see <c>skipNonFinite</c>).
/// <para>Source: Kingma &amp; Ba 2015, algorithm 1. Equals PyTorch <c>Adam</c> and Optax <c>adam</c>.
/// Differs: Keras puts ε on the uncorrected √v, which is ε/√(1−β2^k) here. The bound |Δ| ≤ lr of the paper is false.</para>
/// </remarks>
/// <example><c>adam 0.001</c>, <c>adamWith (Adam(Beta1 = 0.95, Epsilon = 1e-6)) 0.001</c></example>
[Word("adam", Head = true)]
public sealed record Adam : IFusedStage, IBounded
{
    /// <summary>β1, the decay of the first moment: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.9;

    /// <summary>β2, the decay of the second moment: 0 ≤ β2 &lt; 1.</summary>
    public double Beta2 { get; init => field = Require.Decay(value, nameof(Beta2)); } = 0.999;

    /// <summary>ε outside the root, in units of the gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-8;

    /// <summary>ε_root inside the root, in units of the gradient squared: ε_root ≥ 0.</summary>
    public double EpsilonRoot { get; init => field = Require.NonNegative(value, nameof(EpsilonRoot)); }

    /// <summary>Whether the averages are divided by 1−β^k; without it m̂ = m and v̂ = v.</summary>
    public bool BiasCorrection { get; init; } = true;

    /// <inheritdoc/>
    public Phase Phase => Phase.Direction;

    /// <inheritdoc/>
    public string Equation =>
        $"m = β1 m + (1−β1) u; v = β2 v + (1−β2) u²; u = {(BiasCorrection ? "m̂/(√(v̂" : "m/(√(v")}{(EpsilonRoot > 0 ? " + ε_root" : string.Empty)}) + ε)";

    /// <inheritdoc/>
    public IReadOnlyList<SlotSpec> Slots =>
        [SlotSpec.Element("m"), SlotSpec.Element("v"), SlotSpec.Scalar("beta1Power", 1), SlotSpec.Scalar("beta2Power", 1)];

    /// <inheritdoc/>
    /// <remarks>By the Cauchy-Schwarz inequality, where β1² &lt; β2 and the averages are corrected.</remarks>
    public double StepBound => BiasCorrection && Beta1 * Beta1 < Beta2
        ? Math.Max(1, (1 - Beta1) / Math.Sqrt((1 - Beta2) * (1 - (Beta1 * Beta1 / Beta2))))
        : double.PositiveInfinity;

    /// <inheritdoc/>
    public StageTraits Traits =>
        StageTraits.Momentum | StageTraits.Adaptive | StageTraits.Elementwise | StageTraits.RestsAtZero
        | (Epsilon == 0 && EpsilonRoot == 0 ? StageTraits.ScaleFree : StageTraits.None);

    /// <inheritdoc/>
    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        // An ε that rounds to 0 in T guards nothing.
        if (T.CreateTruncating(Epsilon) > T.Zero || T.CreateTruncating(EpsilonRoot) > T.Zero)
        {
            builder.Apply(new Kernel<V, T, Off>(this, builder));
        }
        else
        {
            builder.Apply(new Kernel<V, T, On>(this, builder));
        }
    }

    private struct Kernel<V, T, Guard>(Adam stage, StageBuilder<V, T> builder) : IKernel<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
        where Guard : struct, ISwitch
    {
        private readonly double _beta1 = stage.Beta1, _beta2 = stage.Beta2, _epsilon = stage.Epsilon, _root = stage.EpsilonRoot;
        private readonly bool _corrects = stage.BiasCorrection;
        private readonly ElementSlot _mSlot = builder.Element("m"), _vSlot = builder.Element("v");
        private readonly ScalarSlot _power1 = builder.Power("beta1Power", stage.Beta1), _power2 = builder.Power("beta2Power", stage.Beta2);
        private double _correction1, _correction2;
        private Lane<T> _m, _v;
        private V _b1, _a1, _b2, _a2, _c1, _c2, _eps, _eroot;

        public readonly KernelUse Use => KernelUse.Update;

        public void Begin(StepContext step)
        {
            _correction1 = _corrects ? 1 / (1 - step[_power1]) : 1;
            _correction2 = _corrects ? 1 / (1 - step[_power2]) : 1;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Open(in Lanes<T> lanes)
        {
            (_m, _v) = (lanes[_mSlot], lanes[_vSlot]);
            (_b1, _a1) = (V.Broadcast(_beta1), V.Broadcast(1 - _beta1));
            (_b2, _a2) = (V.Broadcast(_beta2), V.Broadcast(1 - _beta2));
            (_c1, _c2) = (V.Broadcast(_correction1), V.Broadcast(_correction2));
            (_eps, _eroot) = (V.Broadcast(_epsilon), V.Broadcast(_root));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply<P>(ref V u, ref V p, P at)
            where P : struct, IPlace<V, T>
        {
            var m = V.Fma(_b1, at.Load(_m), _a1 * u);
            var v = V.Fma(_b2, at.Load(_v), _a2 * u * u);
            at.Store(_m, m);
            at.Store(_v, v);
            var numerator = m * _c1;
            var denominator = V.Sqrt(V.Fma(v, _c2, _eroot)) + _eps;
            u = Guard.On ? VectorOperations.DivideOrZero<V, T>(numerator, denominator) : numerator / denominator;
        }
    }
}
