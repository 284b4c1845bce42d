using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// AdEMAMix: Adam with a second, slow average of the gradients beside the fast one.
/// <code>
/// m = β1 m + (1−β1) u;  s = b s + (1−b) u;  v = β2 v + (1−β2) u²
/// u = (m̂ + a s)/(√(v̂ + ε_root) + ε)       (s is not corrected)
/// a = α·min(1, k/AlphaWarmup);  b = ½^(1/(1 + (1−q) h(β1) + q h(β3))),  q = min(1, k/Beta3Warmup),  h(β) = ln ½/ln β − 1
/// </code>
/// </summary>
/// <remarks>
/// The direction is dimensionless. The half-life of s grows linearly from that of β1 to that of β3 over Beta3Warmup updates; 0 means no
/// warm-up: a = α, b = β3. With α = 0 it is <c>adam</c>, bit for bit. 0/0 is 0. A NaN in u stays in m, s and v for ever (see
/// <c>skipNonFinite</c>).
/// <para>Source: Pagliardini, Ablin &amp; Grangier 2024. Equals Optax <c>contrib.ademamix</c>. Differs: Apple's PyTorch code adds 1e-8
/// inside the logarithm, its Optax code warms up one update later.</para>
/// </remarks>
/// <example><c>adEmaMix 0.001</c>, <c>adEmaMixWith (AdEmaMix(Alpha = 8.0, AlphaWarmup = 1000, Beta3Warmup = 1000)) 0.001</c></example>
[Word("adEmaMix", Head = true)]
public sealed record AdEmaMix : IDividingStage
{
    /// <summary>β1, the decay of the fast average: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.9;

    /// <summary>β2, the decay of the second moment: 0 ≤ β2 &lt; 1.</summary>
    public double Beta2 { get; init => field = Require.Decay(value, nameof(Beta2)); } = 0.999;

    /// <summary>β3, the decay of the slow average: 0 ≤ β3 &lt; 1.</summary>
    public double Beta3 { get; init => field = Require.Decay(value, nameof(Beta3)); } = 0.9999;

    /// <summary>ε outside the root, in units of the gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-8;

    /// <summary>α, the weight of the slow average: α ≥ 0.</summary>
    public double Alpha { get; init => field = Require.NonNegative(value, nameof(Alpha)); } = 5;

    /// <summary>ε_root inside the root, in units of the gradient squared: ε_root ≥ 0.</summary>
    public double EpsilonRoot { get; init => field = Require.NonNegative(value, nameof(EpsilonRoot)); }

    /// <summary>The updates over which a grows to α: ≥ 0; 0 for none.</summary>
    public int AlphaWarmup { get; init => field = Require.Count(value, nameof(AlphaWarmup), least: 0); }

    /// <summary>The updates over which b grows to β3: ≥ 0; 0 for none.</summary>
    public int Beta3Warmup { get; init => field = Require.Count(value, nameof(Beta3Warmup), least: 0); }

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        $"m = β1 m + (1−β1) u; s = {(Beta3Warmup > 0 ? "b s + (1−b)" : "β3 s + (1−β3)")} u; v = β2 v + (1−β2) u²; "
        + $"u = (m̂ + {(AlphaWarmup > 0 ? "α·min(1, k/AlphaWarmup)" : "α")} s)/(√{(EpsilonRoot > 0 ? "(v̂ + ε_root)" : "v̂")} + ε)"
        + (Beta3Warmup > 0 ? "; b = ½^(1/(1 + (1−q) h(β1) + q h(β3))), q = min(1, k/Beta3Warmup), h(β) = ln ½/ln β − 1" : string.Empty);

    IReadOnlyList<SlotSpec> IStage.Slots =>
    [
        SlotSpec.Element("m"), SlotSpec.Element("s"), SlotSpec.Element("v"), SlotSpec.Power("beta1Power"), SlotSpec.Power("beta2Power"),
    ];

    StageTraits IStage.Traits =>
        StageTraits.Momentum | StageTraits.Adaptive | StageTraits.Elementwise | StageTraits.RestsAtZero
        | (Epsilon == 0 && EpsilonRoot == 0 ? StageTraits.ScaleFree : StageTraits.None);

    double IDividingStage.LeastDenominator => Math.Max(Epsilon, EpsilonRoot);

    void IDividingStage.Build<V, T, Guard>(StageBuilder<V, T> builder)
    {
        var (first, second) = (builder.Correction("beta1Power", () => Beta1), builder.Correction("beta2Power", () => Beta2));
        builder.Apply(new Rule<V, T, Guard>(this, first, second), "m", "s", "v");
    }

    private double WeightAt(long k) => k >= AlphaWarmup ? Alpha : Alpha * k / AlphaWarmup;

    private double DecayAt(long k)
    {
        if (k >= Beta3Warmup)
        {
            return Beta3;
        }

        // 1 + h(β) is the half-life ln ½/ln β: 0 for β = 0, whose logarithm is −∞.
        var q = (double)k / Beta3Warmup;
        return Math.Pow(0.5, 1 / (((1 - q) * HalfLife(Beta1)) + (q * HalfLife(Beta3))));

        static double HalfLife(double beta) => Math.Log(0.5) / Math.Log(beta);
    }

    private struct Rule<V, T, Guard>(AdEmaMix mix, Correction first, Correction second) : IRule3<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged
        where Guard : struct, ISwitch
    {
        private Decay<V, T> _m, _s, _v;
        private V _c1, _c2, _eps, _root, _a;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            (_m, _s, _v) = (new(mix.Beta1), new(mix.DecayAt(step.Number)), new(mix.Beta2));
            (_c1, _c2) = (V.Broadcast(step[first]), V.Broadcast(step[second]));
            (_eps, _root, _a) = (V.Broadcast(mix.Epsilon), V.Broadcast(mix.EpsilonRoot), V.Broadcast(mix.WeightAt(step.Number)));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V m, ref V s, ref V v)
        {
            m = _m.Of(m, u);
            s = _s.Of(s, u);
            v = _v.OfSquares(v, u);
            u = Guarded<V, T, Guard>.Divide(V.Fma(_a, s, m * _c1), V.Sqrt(V.Fma(v, _c2, _root)) + _eps);
        }
    }
}
