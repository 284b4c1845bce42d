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
public sealed record RAdam : IDividingStage
{
    /// <summary>β1, the decay of the first moment: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.9;

    /// <summary>β2, the decay of the second moment: 0 ≤ β2 &lt; 1.</summary>
    public double Beta2 { get; init => field = Require.Decay(value, nameof(Beta2)); } = 0.999;

    /// <summary>ε on the uncorrected root, in units of the gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-8;

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        "m = β1 m + (1−β1) u; v = β2 v + (1−β2) u²; u = m̂ r √(1−β2^k)/(√v + ε) where ρ_k > 5, else m̂";

    StageTraits IStage.Traits =>
        StageTraits.Momentum | StageTraits.Adaptive | StageTraits.Elementwise | StageTraits.RestsAtZero;

    IReadOnlyList<SlotSpec> IStage.Slots =>
        [SlotSpec.Element("m"), SlotSpec.Element("v"), SlotSpec.Power("beta1Power"), SlotSpec.Power("beta2Power")];

    double IDividingStage.LeastDenominator => Epsilon;

    void IDividingStage.Build<V, T, Guard>(StageBuilder<V, T> builder)
    {
        var (first, power2) = (builder.Correction("beta1Power", () => Beta1), builder.Power("beta2Power", () => Beta2));
        builder.Apply(new Rule<V, T, Guard>(this, first, power2), "m", "v");
    }

    private struct Rule<V, T, Guard>(RAdam radam, Correction first, ScalarSlot power2) : IRule2<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged
        where Guard : struct, ISwitch
    {
        private Decay<V, T> _m, _v;
        private V _factor, _eps, _rectifies;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            var most = (2 / (1 - radam.Beta2)) - 1;
            var rho = most - (2 * step.Number * step[power2] / (1 - step[power2]));
            var factor = step[first];
            if (rho > 5)
            {
                var r = Math.Sqrt((rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho));
                factor *= r * Math.Sqrt(1 - step[power2]);
            }

            (_m, _v) = (new(radam.Beta1), new(radam.Beta2));
            (_factor, _eps) = (V.Broadcast(factor), V.Broadcast(radam.Epsilon));
            _rectifies = V.First(rho > 5 ? V.Count : 0);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V m, ref V v)
        {
            m = _m.Of(m, u);
            v = _v.OfSquares(v, u);
            u = m * _factor;
            u = V.Select(_rectifies, Guarded<V, T, Guard>.Divide(u, V.Sqrt(v) + _eps), u);
        }
    }
}
