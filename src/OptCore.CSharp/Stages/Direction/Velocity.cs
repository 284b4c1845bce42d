using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Momentum with the rate inside the buffer: <c>v = β v + η_t u; p ← p − v</c>.
/// </summary>
/// <remarks>
/// v is a length in units of the parameters: what was learnt at an earlier rate goes on at that rate. Equal to
/// <c>momentum β</c> while the rate does not change, and different as soon as it does. What follows sees parameter units
/// (<c>clipUpdate</c>, <c>trustRatio</c>); <c>weightDecay λ</c> adds η_t λ p. No other direction may follow. A NaN in u stays
/// in v for ever (see <c>skipNonFinite</c>).
/// <para>Source: Sutskever et al. 2013, equation 1. Equals Keras <c>SGD(momentum=β)</c>, whose buffer has the other sign.
/// Differs: PyTorch, Optax <c>sgd</c> and <c>momentum</c> keep the rate outside.</para>
/// </remarks>
/// <param name="Beta">β, the decay of the buffer: 0 ≤ β &lt; 1. With 0 the step is plain gradient descent.</param>
/// <example><c>sgd 0.1 |> velocity 0.9 |> cosine 25</c></example>
[Word("velocity")]
public sealed record Velocity(double Beta) : IFusedStage
{
    /// <summary>β, the decay of the buffer: 0 ≤ β &lt; 1.</summary>
    public double Beta { get; init => field = Require.Decay(value, nameof(Beta)); } = Require.Decay(Beta, nameof(Beta));

    Phase IStage.Phase => Phase.Direction;
    string IStage.Equation => "v = β v + η_t u; u = v (no η in the step)";

    StageTraits IStage.Traits =>
        StageTraits.Momentum | StageTraits.RateInside | StageTraits.Linear
            | StageTraits.Elementwise | StageTraits.Rotations | StageTraits.RestsAtZero;

    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Element("v")];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Apply(new Rule<V, T>(this), "v");

    private struct Rule<V, T>(Velocity velocity) : IRule1<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _b, _rate;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => (_b, _rate) = (V.Broadcast(velocity.Beta), V.Broadcast(step.Rate));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V v) => u = v = V.Fma(_b, v, _rate * u);
    }
}
