using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Nadam: Adam with Nesterov's look-ahead in the first moment.
/// <code>
/// m = β1 m + (1−β1) u;  v = β2 v + (1−β2) u²
/// u = (μ_{k+1} m / (1 − Πμ·μ_{k+1}) + (1−μ_k) u / (1 − Πμ)) / (√v̂ + ε),  v̂ = v/(1−β2^k),  Πμ = μ_1 ⋯ μ_k
/// ψ = 0:  μ_k = β1, so that Πμ = β1^k;   ψ > 0:  μ_k = β1 (1 − ½·0.96^{kψ})
/// </code>
/// </summary>
/// <remarks>
/// The direction is dimensionless: the rate is a length per step. ψ = 0 is constant momentum, as for ψ → ∞; a small
/// ψ > 0 starts near β1/2 and warms up to β1. With ε = 0 a coordinate whose history is all zero gets u = 0. A NaN in u
/// stays in m and v for ever (see <c>skipNonFinite</c>).
/// <para>Source: Dozat 2016. With ψ = 0 equals Optax <c>nadam</c>; with ψ = 0.004 PyTorch ≥ 2 <c>NAdam</c>.
/// Differs: PyTorch ≤ 1.13 has one factor μ more; Keras fixes ψ = 1; Optimisers.jl has one β2 more in v̂.</para>
/// </remarks>
/// <example><c>nadam 0.001</c>, <c>nadamWith (Nadam(MomentumDecay = 0.004)) 0.002</c></example>
[Word("nadam", Head = true)]
public sealed record Nadam : IDividingStage
{
    /// <summary>β1, the decay of the first moment: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.9;

    /// <summary>β2, the decay of the second moment: 0 ≤ β2 &lt; 1.</summary>
    public double Beta2 { get; init => field = Require.Decay(value, nameof(Beta2)); } = 0.999;

    /// <summary>ε outside the root, in units of the gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-8;

    /// <summary>ψ, the pace at which μ_k warms up to β1: ψ ≥ 0; 0 for constant momentum.</summary>
    public double MomentumDecay { get; init => field = Require.NonNegative(value, nameof(MomentumDecay)); }

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation => "m = β1 m + (1−β1) u; v = β2 v + (1−β2) u²; u = " + (MomentumDecay == 0
        ? "(β1 m/(1−β1^{k+1}) + (1−β1) u/(1−β1^k))/(√v̂ + ε)"
        : "(μ' m/(1−Πμ·μ') + (1−μ) u/(1−Πμ))/(√v̂ + ε), μ = β1 (1 − ½·0.96^{kψ}), μ' the next μ");

    StageTraits IStage.Traits =>
        StageTraits.Momentum | StageTraits.Adaptive | StageTraits.Elementwise | StageTraits.RestsAtZero;

    IReadOnlyList<SlotSpec> IStage.Slots =>
        [SlotSpec.Element("m"), SlotSpec.Element("v"), SlotSpec.Scalar("muProduct", 1), SlotSpec.Power("beta2Power")];

    double IDividingStage.LeastDenominator => Epsilon;

    void IDividingStage.Build<V, T, Guard>(StageBuilder<V, T> builder)
    {
        var product = builder.Scalar("muProduct");
        builder.BeforeStep(step =>
        {
            var next = step[product] * Mu(step.Number);
            step[product] = next < 1e-20 ? 0 : next;
        });
        builder.Apply(new Rule<V, T, Guard>(this, product, builder.Correction("beta2Power", () => Beta2)), "m", "v");
    }

    private double Mu(long k) => MomentumDecay == 0 ? Beta1 : Beta1 * (1 - (0.5 * Math.Pow(0.96, k * MomentumDecay)));

    private struct Rule<V, T, Guard>(Nadam nadam, ScalarSlot product, Correction second) : IRule2<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged
        where Guard : struct, ISwitch
    {
        private Decay<V, T> _m, _v;
        private V _ofMoment, _ofUpdate, _c2, _eps;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            var (mu, next) = (nadam.Mu(step.Number), nadam.Mu(step.Number + 1));
            (_m, _v) = (new(nadam.Beta1), new(nadam.Beta2));
            _ofMoment = V.Broadcast(next / (1 - (step[product] * next)));
            _ofUpdate = V.Broadcast((1 - mu) / (1 - step[product]));
            (_c2, _eps) = (V.Broadcast(step[second]), V.Broadcast(nadam.Epsilon));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V m, ref V v)
        {
            m = _m.Of(m, u);
            v = _v.OfSquares(v, u);
            u = Guarded<V, T, Guard>.Divide(V.Fma(m, _ofMoment, u * _ofUpdate), V.Sqrt(v * _c2) + _eps);
        }
    }
}
