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
public sealed record Adan : IDividingStage
{
    /// <summary>β1, the decay of the first moment: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.98;

    /// <summary>β2, the decay of the differences and their coefficient: 0 ≤ β2 &lt; 1.</summary>
    public double Beta2 { get; init => field = Require.Decay(value, nameof(Beta2)); } = 0.92;

    /// <summary>β3, the decay of the second moment: 0 ≤ β3 &lt; 1.</summary>
    public double Beta3 { get; init => field = Require.Decay(value, nameof(Beta3)); } = 0.99;

    /// <summary>ε outside the root, in units of the gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-8;

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        "d = u − u_prev; m = β1 m + (1−β1) u; v = β2 v + (1−β2) d; n = β3 n + (1−β3)(u + β2 d)²; u = (m̂ + β2 v̂)/(√n̂ + ε)";

    StageTraits IStage.Traits =>
        StageTraits.Momentum | StageTraits.Adaptive | StageTraits.Elementwise | StageTraits.RestsAtZero;

    IReadOnlyList<SlotSpec> IStage.Slots =>
    [
        SlotSpec.Element("m"), SlotSpec.Element("v"), SlotSpec.Element("n"), SlotSpec.Element("previous"),
        SlotSpec.Power("beta1Power"), SlotSpec.Power("beta2Power"), SlotSpec.Power("beta3Power"),
    ];

    double IDividingStage.LeastDenominator => Epsilon;

    void IDividingStage.Build<V, T, Guard>(StageBuilder<V, T> builder)
    {
        var (first, power2) = (builder.Correction("beta1Power", () => Beta1), builder.Power("beta2Power", () => Beta2));
        var rule = new Rule<V, T, Guard>(this, first, power2, builder.Correction("beta3Power", () => Beta3));
        builder.Apply(rule, "m", "v", "n", "previous");
    }

    private struct Rule<V, T, Guard>(Adan adan, Correction first, ScalarSlot power2, Correction third) : IRule4<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
        where Guard : struct, ISwitch
    {
        private Decay<V, T> _m, _v, _n;
        private V _b2, _c1, _c2, _c3, _eps, _isFirst;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            (_m, _v, _n) = (new(adan.Beta1), new(adan.Beta2), new(adan.Beta3));
            (_b2, _eps) = (V.Broadcast(adan.Beta2), V.Broadcast(adan.Epsilon));
            (_c1, _c2, _c3) = (V.Broadcast(step[first]), V.Broadcast(adan.Beta2 / (1 - step[power2])), V.Broadcast(step[third]));
            _isFirst = V.First(step.Number == 1 ? V.Count : 0);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V m, ref V v, ref V n, ref V previous)
        {
            var d = V.Select(_isFirst, V.Zero, u - previous);
            var ahead = V.Fma(_b2, d, u);
            previous = u;
            m = _m.Of(m, u);
            v = _v.Of(v, d);
            n = _n.OfSquares(n, ahead);
            u = Guarded<V, T, Guard>.Divide(V.Fma(v, _c2, m * _c1), V.Sqrt(n * _c3) + _eps);
        }
    }
}
