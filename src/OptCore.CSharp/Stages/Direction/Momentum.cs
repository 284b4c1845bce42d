using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Heavy-ball momentum: <c>v = β v + (1−τ) u; u = v</c>; the first step sets <c>v = u</c>, undampened.
/// </summary>
/// <remarks>
/// The buffer holds gradients: the rate multiplies it from outside, so a change of the rate acts at once on all of it
/// (<c>velocity</c> keeps the rate inside). For constant rate and τ = 0 this is Polyak's heavy ball with step lr.
/// <para>Source: Polyak 1964. Equals PyTorch <c>SGD(momentum=β, dampening=τ)</c>; with τ = 0 Optax <c>trace</c>.
/// Differs: Keras and Sutskever et al. 2013 keep the rate inside the buffer.</para>
/// </remarks>
/// <param name="Beta">β, the decay of the buffer: 0 ≤ β &lt; 1. With 0 and τ = 0 the stage is the identity.</param>
/// <example><c>sgd 0.1 |> momentum 0.9</c>, <c>sgd 0.1 |> momentumWith (Momentum(0.9, Dampening = 0.1))</c></example>
[Word("momentum")]
public sealed record Momentum(double Beta) : IFusedStage
{
    /// <summary>β, the decay of the buffer: 0 ≤ β &lt; 1.</summary>
    public double Beta { get; init => field = Require.Decay(value, nameof(Beta)); } = Require.Decay(Beta, nameof(Beta));

    /// <summary>τ, by which the new gradient is reduced from the second step on: 0 ≤ τ ≤ 1.</summary>
    public double Dampening { get; init => field = Require.Between(value, 0, 1, nameof(Dampening)); }

    Phase IStage.Phase => Phase.Direction;
    string IStage.Equation => Dampening == 0 ? "v = β v + u; u = v" : "v = β v + (1−τ) u (first step v = u); u = v";
    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Element("v")];

    StageTraits IStage.Traits =>
        StageTraits.Momentum | StageTraits.Elementwise | StageTraits.Rotations | StageTraits.RestsAtZero
        | (Dampening == 0 ? StageTraits.Linear : StageTraits.LinearInStep);

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Apply(new Rule<V, T>(this), "v");

    private struct Rule<V, T>(Momentum momentum) : IRule1<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _b, _a;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) =>
            (_b, _a) = (V.Broadcast(momentum.Beta), V.Broadcast(step.Number == 1 ? 1 : 1 - momentum.Dampening));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V v) => u = v = V.Fma(_b, v, _a * u);
    }
}
