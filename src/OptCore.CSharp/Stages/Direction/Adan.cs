using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Adan: Adam with Nesterov's look-ahead estimated from the differences of successive gradients.
/// <code>
/// d = u − u_prev (0 at k = 1)
/// m = β1 m + (1−β1) u;  v = β2 v + (1−β2) d;  n = β3 n + (1−β3) (u + β2 d)²
/// u = (m̂ + β2 v̂) / (√n̂ + ε),  m̂ = m/(1−β1^k),  v̂ = v/(1−β2^k),  n̂ = n/(1−β3^k)
/// </code>
/// </summary>
/// <remarks>
/// The direction is dimensionless: the rate is a length per step. Four vectors of state: m, v, n and the gradient of the
/// step before. With ε = 0 a coordinate whose history is all zero gets u = 0. A NaN in u stays in m, v and n for ever (see
/// <c>skipNonFinite</c>).
/// <para>Source: Xie et al. 2022, algorithm 1, whose β are 1 minus those here; its proximal decay is not part of it.
/// Differs: Optax takes 1−β2 for the coefficient β2 in both places (a bug) and adds 1e-8 under the root.</para>
/// </remarks>
/// <example><c>adan 0.001</c>, <c>adanWith (Adan(Beta3 = 0.999)) 0.001 |> weightDecay 0.02</c></example>
[Word("adan", Head = true)]
public sealed record Adan : IFusedStage
{
    /// <summary>β1, the decay of the first moment: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.98;

    /// <summary>β2, the decay of the differences and their coefficient: 0 ≤ β2 &lt; 1.</summary>
    public double Beta2 { get; init => field = Require.Decay(value, nameof(Beta2)); } = 0.92;

    /// <summary>β3, the decay of the second moment: 0 ≤ β3 &lt; 1.</summary>
    public double Beta3 { get; init => field = Require.Decay(value, nameof(Beta3)); } = 0.99;

    /// <summary>ε outside the root, in units of the gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-8;

    /// <inheritdoc/>
    public Phase Phase => Phase.Direction;

    /// <inheritdoc/>
    public string Equation =>
        "d = u − u_prev; m = β1 m + (1−β1) u; v = β2 v + (1−β2) d; n = β3 n + (1−β3)(u + β2 d)²; u = (m̂ + β2 v̂)/(√n̂ + ε)";

    /// <inheritdoc/>
    public StageTraits Traits =>
        StageTraits.Momentum | StageTraits.Adaptive | StageTraits.Elementwise | StageTraits.RestsAtZero;

    /// <inheritdoc/>
    public IReadOnlyList<SlotSpec> Slots =>
    [
        SlotSpec.Element("m"), SlotSpec.Element("v"), SlotSpec.Element("n"), SlotSpec.Element("previous"),
        SlotSpec.Scalar("beta1Power", 1), SlotSpec.Scalar("beta2Power", 1), SlotSpec.Scalar("beta3Power", 1),
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

    private struct Kernel<V, T, Guard>(Adan stage, StageBuilder<V, T> builder) : IKernel<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
        where Guard : struct, ISwitch
    {
        private readonly double _beta1 = stage.Beta1, _beta2 = stage.Beta2, _beta3 = stage.Beta3, _epsilon = stage.Epsilon;
        private readonly ElementSlot _mSlot = builder.Element("m"), _vSlot = builder.Element("v");
        private readonly ElementSlot _nSlot = builder.Element("n"), _previousSlot = builder.Element("previous");
        private readonly ScalarSlot _power1 = builder.Power("beta1Power", stage.Beta1);
        private readonly ScalarSlot _power2 = builder.Power("beta2Power", stage.Beta2), _power3 = builder.Power("beta3Power", stage.Beta3);
        private double _correction1, _correction2, _correction3, _isFirst;
        private Lane<T> _m, _v, _n, _previous;
        private V _b1, _a1, _b2, _a2, _b3, _a3, _c1, _c2, _c3, _eps, _first;

        public readonly KernelUse Use => KernelUse.Update;

        public void Begin(StepContext step)
        {
            _isFirst = step.Number == 1 ? 1 : 0;
            _correction1 = 1 / (1 - step[_power1]);
            _correction2 = _beta2 / (1 - step[_power2]);
            _correction3 = 1 / (1 - step[_power3]);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Open(in Lanes<T> lanes)
        {
            (_m, _v, _n, _previous) = (lanes[_mSlot], lanes[_vSlot], lanes[_nSlot], lanes[_previousSlot]);
            (_b1, _a1) = (V.Broadcast(_beta1), V.Broadcast(1 - _beta1));
            (_b2, _a2) = (V.Broadcast(_beta2), V.Broadcast(1 - _beta2));
            (_b3, _a3) = (V.Broadcast(_beta3), V.Broadcast(1 - _beta3));
            (_c1, _c2, _c3) = (V.Broadcast(_correction1), V.Broadcast(_correction2), V.Broadcast(_correction3));
            (_eps, _first) = (V.Broadcast(_epsilon), V.Less(V.Zero, V.Broadcast(_isFirst)));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply<P>(ref V u, ref V p, P at)
            where P : struct, IPlace<V, T>
        {
            var d = V.Select(_first, V.Zero, u - at.Load(_previous));
            var ahead = V.Fma(_b2, d, u);
            var m = V.Fma(_b1, at.Load(_m), _a1 * u);
            var v = V.Fma(_b2, at.Load(_v), _a2 * d);
            var n = V.Fma(_b3, at.Load(_n), _a3 * ahead * ahead);
            at.Store(_m, m);
            at.Store(_v, v);
            at.Store(_n, n);
            at.Store(_previous, u);
            var numerator = V.Fma(v, _c2, m * _c1);
            var denominator = V.Sqrt(n * _c3) + _eps;
            u = Guard.On ? VectorOperations.DivideOrZero<V, T>(numerator, denominator) : numerator / denominator;
        }
    }
}
