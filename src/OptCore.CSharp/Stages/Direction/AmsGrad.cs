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
public sealed record AmsGrad : IDividingStage
{
    /// <summary>β1, the decay of the first moment: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.9;

    /// <summary>β2, the decay of the second moment: 0 ≤ β2 &lt; 1.</summary>
    public double Beta2 { get; init => field = Require.Decay(value, nameof(Beta2)); } = 0.999;

    /// <summary>ε outside the root, in units of the gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-8;

    /// <summary>Whether the maximum is taken of the corrected second moments instead of the raw ones.</summary>
    public bool CorrectedMax { get; init; }

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        "m = β1 m + (1−β1) u; v = β2 v + (1−β2) u²; "
        + $"{(CorrectedMax ? "w = max(w, v̂); u = m̂/(√w + ε)" : "w = max(w, v); u = m̂/(√ŵ + ε)")}";

    StageTraits IStage.Traits =>
        StageTraits.Momentum | StageTraits.Adaptive | StageTraits.Elementwise | StageTraits.RestsAtZero;

    IReadOnlyList<SlotSpec> IStage.Slots =>
    [
        SlotSpec.Element("m"), SlotSpec.Element("v"), SlotSpec.Element("w"),
        SlotSpec.Power("beta1Power"), SlotSpec.Power("beta2Power"),
    ];

    double IDividingStage.LeastDenominator => Epsilon;

    void IDividingStage.Build<V, T, Guard>(StageBuilder<V, T> builder)
    {
        var (first, second) = (builder.Correction("beta1Power", () => Beta1), builder.Correction("beta2Power", () => Beta2));
        builder.Apply(new Rule<V, T, Guard>(this, first, second), "m", "v", "w");
    }

    private struct Rule<V, T, Guard>(AmsGrad amsGrad, Correction first, Correction second) : IRule3<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
        where Guard : struct, ISwitch
    {
        private Decay<V, T> _m, _v;
        private V _c1, _before, _after, _eps;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            (_m, _v) = (new(amsGrad.Beta1), new(amsGrad.Beta2));
            (_c1, _eps) = (V.Broadcast(step[first]), V.Broadcast(amsGrad.Epsilon));

            // One loop for both forms: a factor of 1 is exact.
            _before = V.Broadcast(amsGrad.CorrectedMax ? step[second] : 1);
            _after = V.Broadcast(amsGrad.CorrectedMax ? 1 : step[second]);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V m, ref V v, ref V w)
        {
            m = _m.Of(m, u);
            v = _v.OfSquares(v, u);
            w = V.MaxOfSizes(w, v * _before);
            u = Guarded<V, T, Guard>.Divide(m * _c1, V.Sqrt(w * _after) + _eps);
        }
    }
}
