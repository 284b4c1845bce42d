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
public sealed record AdaBelief : IDividingStage
{
    /// <summary>β1, the decay of the first moment: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.9;

    /// <summary>β2, the decay of the squared surprise: 0 ≤ β2 &lt; 1.</summary>
    public double Beta2 { get; init => field = Require.Decay(value, nameof(Beta2)); } = 0.999;

    /// <summary>ε outside the root, in units of the gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-16;

    /// <summary>ε_root added to s in every step, in units of the gradient squared: ε_root ≥ 0.</summary>
    public double EpsilonRoot { get; init => field = Require.NonNegative(value, nameof(EpsilonRoot)); } = 1e-16;

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        $"m = β1 m + (1−β1) u; s = β2 s + (1−β2)(u−m)²{(EpsilonRoot > 0 ? " + ε_root" : string.Empty)}; u = m̂/(√ŝ + ε)";

    StageTraits IStage.Traits =>
        StageTraits.Momentum | StageTraits.Adaptive | StageTraits.Elementwise | StageTraits.RestsAtZero;

    IReadOnlyList<SlotSpec> IStage.Slots =>
        [SlotSpec.Element("m"), SlotSpec.Element("s"), SlotSpec.Power("beta1Power"), SlotSpec.Power("beta2Power")];

    double IDividingStage.LeastDenominator => Math.Max(Epsilon, EpsilonRoot);

    void IDividingStage.Build<V, T, Guard>(StageBuilder<V, T> builder)
    {
        var (first, second) = (builder.Correction("beta1Power", () => Beta1), builder.Correction("beta2Power", () => Beta2));
        builder.Apply(new Rule<V, T, Guard>(this, first, second), "m", "s");
    }

    private struct Rule<V, T, Guard>(AdaBelief belief, Correction first, Correction second) : IRule2<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
        where Guard : struct, ISwitch
    {
        private Decay<V, T> _m, _s;
        private V _c1, _c2, _eps, _root;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            (_m, _s) = (new(belief.Beta1), new(belief.Beta2));
            (_c1, _c2) = (V.Broadcast(step[first]), V.Broadcast(step[second]));
            (_eps, _root) = (V.Broadcast(belief.Epsilon), V.Broadcast(belief.EpsilonRoot));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V m, ref V s)
        {
            m = _m.Of(m, u);
            s = _s.OfSquares(s, u - m, _root);
            u = Guarded<V, T, Guard>.Divide(m * _c1, V.Sqrt(s * _c2) + _eps);
        }
    }
}
