using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Nesterov momentum in the form that needs the gradient at the stored parameters only: <c>v = β v + u; u = u + β v</c>.
/// </summary>
/// <remarks>
/// The stored point is the look-ahead point of <see cref="Nag"/>: for a constant rate both make the same sequence of
/// gradients, and the parameters of <c>nag</c> are these plus η β v. The buffer holds gradients: the rate multiplies it from
/// outside, and u has units of the gradient. A NaN in u stays in v for ever (see <c>skipNonFinite</c>).
/// <para>Source: Nesterov 1983, in the form of Bengio, Boulanger-Lewandowski &amp; Pascanu 2013. Equals PyTorch
/// <c>SGD(momentum=β, nesterov=True)</c> and Optax <c>sgd(momentum=β, nesterov=True)</c>. Differs: Keras and Optimisers.jl
/// keep the rate inside the buffer, which is the same for a constant rate only.</para>
/// </remarks>
/// <param name="Beta">β, the decay of the buffer: 0 ≤ β &lt; 1. With 0 the stage is the identity.</param>
/// <example><c>sgd 0.1 |> nesterov 0.9</c></example>
[Word("nesterov")]
public sealed record Nesterov(double Beta) : IFusedStage
{
    /// <summary>β, the decay of the buffer: 0 ≤ β &lt; 1.</summary>
    public double Beta { get; init => field = Require.Decay(value, nameof(Beta)); } = Require.Decay(Beta, nameof(Beta));

    Phase IStage.Phase => Phase.Direction;
    string IStage.Equation => "v = β v + u; u = u + β v";

    StageTraits IStage.Traits =>
        StageTraits.Momentum | StageTraits.Linear | StageTraits.Elementwise | StageTraits.Rotations | StageTraits.RestsAtZero;

    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Element("v")];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Apply(new Rule<V, T>(this), "v");

    private struct Rule<V, T>(Nesterov nesterov) : IRule1<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _b;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => _b = V.Broadcast(nesterov.Beta);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V v)
        {
            v = V.Fma(_b, v, u);
            u = V.Fma(_b, v, u);
        }
    }
}
