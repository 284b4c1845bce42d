using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Simplified AdEMAMix: Adam with one buffer, in which gradients add up, and the newest gradient beside it.
/// <code>
/// m = β1 m + u;  v = β2 v + (1−β2) u²
/// u = (α u + m)/(√(v̂ + ε_root) + ε)
/// </code>
/// </summary>
/// <remarks>
/// The direction is dimensionless and up to 1/(1−β1) + α long: rates are smaller than Adam's by that factor. At β1 = 0, α = 0 it is
/// <c>adam</c> at β1 = 0. 0/0 is 0. A NaN in u stays in m and v for ever (see <c>skipNonFinite</c>).
/// <para>Source: Morwani et al. 2025. Equals Optax <c>contrib.simplified_ademamix</c>.</para>
/// </remarks>
/// <example><c>simplifiedAdEmaMix 0.0001</c>, <c>simplifiedAdEmaMixWith (SimplifiedAdEmaMix(Alpha = 10.0)) 0.0001</c></example>
[Word("simplifiedAdEmaMix", Head = true)]
public sealed record SimplifiedAdEmaMix : IDividingStage
{
    /// <summary>β1, the decay of the sum: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.99;

    /// <summary>β2, the decay of the second moment: 0 ≤ β2 &lt; 1.</summary>
    public double Beta2 { get; init => field = Require.Decay(value, nameof(Beta2)); } = 0.95;

    /// <summary>ε outside the root, in units of the gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-8;

    /// <summary>α, the weight of the newest gradient: α ≥ 0.</summary>
    public double Alpha { get; init => field = Require.NonNegative(value, nameof(Alpha)); }

    /// <summary>ε_root inside the root, in units of the gradient squared: ε_root ≥ 0.</summary>
    public double EpsilonRoot { get; init => field = Require.NonNegative(value, nameof(EpsilonRoot)); }

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        "m = β1 m + u; v = β2 v + (1−β2) u²; "
        + $"u = {(Alpha > 0 ? "(α u + m)" : "m")}/(√{(EpsilonRoot > 0 ? "(v̂ + ε_root)" : "v̂")} + ε)";

    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Element("m"), SlotSpec.Element("v"), SlotSpec.Power("beta2Power")];

    StageTraits IStage.Traits =>
        StageTraits.Momentum | StageTraits.Adaptive | StageTraits.Elementwise | StageTraits.RestsAtZero
        | (Epsilon == 0 && EpsilonRoot == 0 ? StageTraits.ScaleFree : StageTraits.None);

    double IDividingStage.LeastDenominator => Math.Max(Epsilon, EpsilonRoot);

    void IDividingStage.Build<V, T, Guard>(StageBuilder<V, T> builder) =>
        builder.Apply(new Rule<V, T, Guard>(this, builder.Correction("beta2Power", () => Beta2)), "m", "v");

    private struct Rule<V, T, Guard>(SimplifiedAdEmaMix mix, Correction second) : IRule2<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
        where Guard : struct, ISwitch
    {
        private Decay<V, T> _v;
        private V _b, _a, _c2, _eps, _root;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            (_b, _v, _a) = (V.Broadcast(mix.Beta1), new(mix.Beta2), V.Broadcast(mix.Alpha));
            (_c2, _eps, _root) = (V.Broadcast(step[second]), V.Broadcast(mix.Epsilon), V.Broadcast(mix.EpsilonRoot));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V m, ref V v)
        {
            m = V.Fma(_b, m, u);
            v = _v.OfSquares(v, u);
            u = Guarded<V, T, Guard>.Divide(V.Fma(_a, u, m), V.Sqrt(V.Fma(v, _c2, _root)) + _eps);
        }
    }
}
