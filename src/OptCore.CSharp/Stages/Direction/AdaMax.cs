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
public sealed record AdaMax : IDividingStage
{
    /// <summary>β1, the decay of the first moment: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.9;

    /// <summary>β2, the decay of the maximum: 0 ≤ β2 &lt; 1.</summary>
    public double Beta2 { get; init => field = Require.Decay(value, nameof(Beta2)); } = 0.999;

    /// <summary>ε, added to |u| inside the maximum, in units of the gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-8;

    Phase IStage.Phase => Phase.Direction;
    string IStage.Equation => "m = β1 m + (1−β1) u; n = max(β2 n, |u| + ε); u = m̂/n";

    StageTraits IStage.Traits =>
        StageTraits.Momentum | StageTraits.Adaptive | StageTraits.Elementwise | StageTraits.RestsAtZero;

    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Element("m"), SlotSpec.Element("n"), SlotSpec.Power("beta1Power")];
    double IDividingStage.LeastDenominator => Epsilon;

    void IDividingStage.Build<V, T, Guard>(StageBuilder<V, T> builder) =>
        builder.Apply(new Rule<V, T, Guard>(this, builder.Correction("beta1Power", () => Beta1)), "m", "n");

    private struct Rule<V, T, Guard>(AdaMax max, Correction first) : IRule2<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
        where Guard : struct, ISwitch
    {
        private Decay<V, T> _m;
        private V _b2, _c1, _eps;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            _m = new(max.Beta1);
            (_b2, _c1, _eps) = (V.Broadcast(max.Beta2), V.Broadcast(step[first]), V.Broadcast(max.Epsilon));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V m, ref V n)
        {
            m = _m.Of(m, u);
            n = V.MaxOfSizes(_b2 * n, V.Abs(u) + _eps);
            u = Guarded<V, T, Guard>.Divide(m * _c1, n);
        }
    }
}
