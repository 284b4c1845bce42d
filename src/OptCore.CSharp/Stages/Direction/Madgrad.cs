using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// MADGRAD: dual averaging from the start p₀, divided by the cube root of the sum of squares.
/// <code>
/// e = η_t + ε (0 if η_t = 0);  λ = e √k
/// s = s + λ u;  G = G + λ u²;  z = p₀ − s/(∛G + ε)
/// p ← μ p + (1−μ) z
/// </code>
/// </summary>
/// <remarks>
/// The rate is inside. p goes from p₀ by what the sum of all gradients says; μ averages on the way, and at μ = 0 the parameters are z.
/// What moves p apart from it (decay, constraints) is not part of z: the start stays where it is. Where the divisor is 0, z = p₀. A NaN in
/// u stays in s and G for ever (see <c>skipNonFinite</c>).
/// <para>Source: Defazio &amp; Jelassi 2021, whose code it equals. Differs: Optax <c>contrib.madgrad</c>, else equal, moves even at rate
/// 0; the authors' decoupled decay uses e in place of η_t.</para>
/// </remarks>
/// <example><c>madgrad 0.01</c>, <c>madgradWith (Madgrad(Momentum = 0.0)) 0.01</c></example>
[Word("madgrad", Head = true)]
public sealed record Madgrad : IDividingStage
{
    /// <summary>μ, the part of p that is kept per update: 0 ≤ μ &lt; 1.</summary>
    public double Momentum { get; init => field = Require.Decay(value, nameof(Momentum)); } = 0.9;

    /// <summary>ε, added to the rate and to the root: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-6;

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        "e = η_t + ε (0 if η_t = 0); λ = e √k; s = s + λ u; G = G + λ u²; z = p₀ − s/(∛G + ε); u = (1−μ)(p − z) (no η in the step)";

    StageTraits IStage.Traits =>
        StageTraits.RateInside | StageTraits.Momentum | StageTraits.Adaptive | StageTraits.Elementwise | StageTraits.RestsAtZero;

    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Element("s"), SlotSpec.Element("G"), SlotSpec.Copy("start")];

    double IDividingStage.LeastDenominator => Epsilon;

    void IDividingStage.Build<V, T, Guard>(StageBuilder<V, T> builder) => builder.Apply(new Rule<V, T, Guard>(this), "s", "G", "start");

    private struct Rule<V, T, Guard>(Madgrad madgrad) : IRule3<V, T>, IPlainRule, IReadsParameters, IKeepsLast
        where V : struct, IVector<V, T>
        where T : unmanaged
        where Guard : struct, ISwitch
    {
        private CubeRoot<V, T> _root;
        private V _lambda, _eps, _rest;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            var rate = step.Rate == 0 ? 0 : step.Rate + madgrad.Epsilon;
            _root = new(madgrad.Epsilon);
            (_lambda, _eps) = (V.Broadcast(rate * Math.Sqrt(step.Number)), V.Broadcast(madgrad.Epsilon));
            _rest = V.Broadcast(1 - madgrad.Momentum);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V s, ref V g, ref V start)
        {
            var weighted = _lambda * u;
            s += weighted;
            g = V.Fma(weighted, u, g);
            var z = start - Guarded<V, T, Guard>.Divide(s, _root.Of(g) + _eps);
            u = _rest * (p - z);
        }
    }
}
