using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// AdaBelief: Adam that divides by how far the gradient is from its own moving average, and so takes long steps where the
/// gradient is as predicted.
/// <code>
/// m = β1 m + (1−β1) u;  s = β2 s + (1−β2) (u−m)² + ε_root   (the new m)
/// u = m̂ / (√ŝ + ε),  m̂ = m/(1−β1^k),  ŝ = s/(1−β2^k)
/// </code>
/// </summary>
/// <remarks>
/// The direction is dimensionless, but its size is not bounded: for a constant gradient u − m vanishes and u grows until
/// ε_root stops it, at u ~ m √((1−β2)/ε_root). ε_root is added to the state in every step and so accumulates to
/// ε_root/(1−β2). With ε = ε_root = 0 a coordinate whose history is all zero gets u = 0. A NaN in u stays in m and s for
/// ever (see <c>skipNonFinite</c>).
/// <para>Source: Zhuang et al. 2020, algorithm 2. Equals Optax <c>adabelief</c>. Differs: Optimisers.jl has one ε for both
/// places.</para>
/// </remarks>
/// <example><c>adaBelief 0.001</c>, <c>adaBeliefWith (AdaBelief(Epsilon = 1e-8)) 0.001</c></example>
[Word("adaBelief", Head = true)]
public sealed record AdaBelief : IFusedStage
{
    /// <summary>β1, the decay of the first moment: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.9;

    /// <summary>β2, the decay of the squared surprise: 0 ≤ β2 &lt; 1.</summary>
    public double Beta2 { get; init => field = Require.Decay(value, nameof(Beta2)); } = 0.999;

    /// <summary>ε outside the root, in units of the gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-16;

    /// <summary>ε_root added to s in every step, in units of the gradient squared: ε_root ≥ 0.</summary>
    public double EpsilonRoot { get; init => field = Require.NonNegative(value, nameof(EpsilonRoot)); } = 1e-16;

    /// <inheritdoc/>
    public Phase Phase => Phase.Direction;

    /// <inheritdoc/>
    public string Equation =>
        $"m = β1 m + (1−β1) u; s = β2 s + (1−β2)(u−m)²{(EpsilonRoot > 0 ? " + ε_root" : string.Empty)}; u = m̂/(√ŝ + ε)";

    /// <inheritdoc/>
    public StageTraits Traits =>
        StageTraits.Momentum | StageTraits.Adaptive | StageTraits.Elementwise | StageTraits.RestsAtZero;

    /// <inheritdoc/>
    public IReadOnlyList<SlotSpec> Slots =>
        [SlotSpec.Element("m"), SlotSpec.Element("s"), SlotSpec.Scalar("beta1Power", 1), SlotSpec.Scalar("beta2Power", 1)];

    /// <inheritdoc/>
    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        if (T.CreateTruncating(Epsilon) > T.Zero || T.CreateTruncating(EpsilonRoot) > T.Zero)
        {
            builder.Apply(new Kernel<V, T, Off>(this, builder));
        }
        else
        {
            builder.Apply(new Kernel<V, T, On>(this, builder));
        }
    }

    private struct Kernel<V, T, Guard>(AdaBelief stage, StageBuilder<V, T> builder) : IKernel<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
        where Guard : struct, ISwitch
    {
        private readonly double _beta1 = stage.Beta1, _beta2 = stage.Beta2, _epsilon = stage.Epsilon, _root = stage.EpsilonRoot;
        private readonly ElementSlot _mSlot = builder.Element("m"), _sSlot = builder.Element("s");
        private readonly ScalarSlot _power1 = builder.Power("beta1Power", stage.Beta1), _power2 = builder.Power("beta2Power", stage.Beta2);
        private double _correction1, _correction2;
        private Lane<T> _m, _s;
        private V _b1, _a1, _b2, _a2, _c1, _c2, _eps, _eroot;

        public readonly KernelUse Use => KernelUse.Update;

        public void Begin(StepContext step)
        {
            _correction1 = 1 / (1 - step[_power1]);
            _correction2 = 1 / (1 - step[_power2]);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Open(in Lanes<T> lanes)
        {
            (_m, _s) = (lanes[_mSlot], lanes[_sSlot]);
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
            var surprise = u - m;
            var s = V.Fma(_b2, at.Load(_s), V.Fma(_a2 * surprise, surprise, _eroot));
            at.Store(_m, m);
            at.Store(_s, s);
            var numerator = m * _c1;
            var denominator = V.Sqrt(s * _c2) + _eps;
            u = Guard.On ? VectorOperations.DivideOrZero<V, T>(numerator, denominator) : numerator / denominator;
        }
    }
}
