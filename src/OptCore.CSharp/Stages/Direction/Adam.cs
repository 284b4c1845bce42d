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
public sealed record Adam : IDividingStage, IBounded
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

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        "m = β1 m + (1−β1) u; v = β2 v + (1−β2) u²; u = "
        + $"{(BiasCorrection ? "m̂/(√(v̂" : "m/(√(v")}{(EpsilonRoot > 0 ? " + ε_root" : string.Empty)}) + ε)";

    IReadOnlyList<SlotSpec> IStage.Slots =>
    [
        SlotSpec.Element("m"), SlotSpec.Element("v"),
        .. BiasCorrection ? [SlotSpec.Power("beta1Power"), SlotSpec.Power("beta2Power")] : Array.Empty<SlotSpec>(),
    ];

    /// <inheritdoc/>
    /// <remarks>By the Cauchy-Schwarz inequality, where β1² &lt; β2 and the averages are corrected.</remarks>
    public double StepBound => BiasCorrection && Beta1 * Beta1 < Beta2
        ? Math.Max(1, (1 - Beta1) / Math.Sqrt((1 - Beta2) * (1 - (Beta1 * Beta1 / Beta2))))
        : double.PositiveInfinity;

    StageTraits IStage.Traits =>
        StageTraits.Momentum | StageTraits.Adaptive | StageTraits.Elementwise | StageTraits.RestsAtZero
        | (Epsilon == 0 && EpsilonRoot == 0 ? StageTraits.ScaleFree : StageTraits.None);

    double IDividingStage.LeastDenominator => Math.Max(Epsilon, EpsilonRoot);

    void IDividingStage.Build<V, T, Guard>(StageBuilder<V, T> builder)
    {
        var first = builder.Correction("beta1Power", () => Beta1, BiasCorrection);
        var second = builder.Correction("beta2Power", () => Beta2, BiasCorrection);
        builder.Apply(new Rule<V, T, Guard>(this, first, second), "m", "v");
    }

    private struct Rule<V, T, Guard>(Adam adam, Correction first, Correction second) : IRule2<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
        where Guard : struct, ISwitch
    {
        private Decay<V, T> _m, _v;
        private V _c1, _c2, _eps, _root;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            (_m, _v) = (new(adam.Beta1), new(adam.Beta2));
            (_c1, _c2) = (V.Broadcast(step[first]), V.Broadcast(step[second]));
            (_eps, _root) = (V.Broadcast(adam.Epsilon), V.Broadcast(adam.EpsilonRoot));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V m, ref V v)
        {
            m = _m.Of(m, u);
            v = _v.OfSquares(v, u);
            u = Guarded<V, T, Guard>.Divide(m * _c1, V.Sqrt(V.Fma(v, _c2, _root)) + _eps);
        }
    }
}
