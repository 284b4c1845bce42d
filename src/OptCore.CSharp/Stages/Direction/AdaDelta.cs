using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Adadelta: a direction scaled by the ratio of two running root mean squares, of past directions and of gradients.
/// <code>
/// v = ρ v + (1−ρ) u²;  d = √(x + ε) / √(v + ε) ⊙ u;  x = ρ x + (1−ρ) d²;  u = d
/// </code>
/// </summary>
/// <remarks>
/// The direction has units of the parameters: the rate is a factor without dimension, 1 in the paper. x sees the direction
/// before the rate. The first steps are of the order of √ε and grow from there; with ε = 0 every direction is 0, for ever. A NaN
/// in u stays in v and x for ever (see <c>skipNonFinite</c>).
/// <para>Source: Zeiler 2012, algorithm 1. Equals PyTorch <c>Adadelta</c> (rate 1) and Optax <c>adadelta(1.0)</c>.
/// Differs: Optax' default rate of None ascends; Keras has ρ = 0.95, ε = 1e-7 and a rate of 0.001; Optimisers.jl has
/// ε = 1e-8 and no rate.</para>
/// </remarks>
/// <example><c>adaDelta 1.0</c>, <c>adaDeltaWith (AdaDelta(Rho = 0.95, Epsilon = 1e-7)) 1.0</c></example>
[Word("adaDelta", Head = true)]
public sealed record AdaDelta : IDividingStage
{
    /// <summary>ρ, the decay of both averages: 0 ≤ ρ &lt; 1.</summary>
    public double Rho { get; init => field = Require.Decay(value, nameof(Rho)); } = 0.9;

    /// <summary>ε under both roots: ε ≥ 0. It sets the length of the first steps.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-6;

    Phase IStage.Phase => Phase.Direction;
    string IStage.Equation => "v = ρ v + (1−ρ) u²; d = √(x+ε)/√(v+ε) ⊙ u; x = ρ x + (1−ρ) d²; u = d";
    StageTraits IStage.Traits => StageTraits.Adaptive | StageTraits.Elementwise | StageTraits.RestsAtZero;
    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Element("v"), SlotSpec.Element("x")];
    double IDividingStage.LeastDenominator => Epsilon;

    void IDividingStage.Build<V, T, Guard>(StageBuilder<V, T> builder) =>
        builder.Apply(new Rule<V, T, Guard>(this), "v", "x");

    private struct Rule<V, T, Guard>(AdaDelta delta) : IRule2<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
        where Guard : struct, ISwitch
    {
        private Decay<V, T> _average;
        private V _eps;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => (_average, _eps) = (new(delta.Rho), V.Broadcast(delta.Epsilon));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V v, ref V x)
        {
            v = _average.OfSquares(v, u);
            u = Guarded<V, T, Guard>.Divide(V.Sqrt(x + _eps), V.Sqrt(v + _eps)) * u;
            x = _average.OfSquares(x, u);
        }
    }
}
