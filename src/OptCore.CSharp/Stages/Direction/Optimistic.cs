using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Optimistic steps: the update and how it has changed, <c>u = α u + β(u − u_prev)</c>, with u_prev = u at first.
/// </summary>
/// <remarks>
/// β(u − u_prev) foresees the next update where players answer one another, so that games on which plain descent circles converge.
/// u keeps its units. α = 1, β = 0 is the exact identity. A NaN in u is gone two updates later.
/// <para>Source: Daskalakis et al. 2018; Mokhtari, Ozdaglar &amp; Pattathil 2020 with α and β. Equals Optax
/// <c>scale_by_optimistic_gradient(α, β)</c>.</para>
/// </remarks>
/// <param name="Alpha">α, the factor of the update: α ≥ 0 and finite.</param>
/// <param name="Beta">β, the factor of its change: β ≥ 0 and finite.</param>
/// <example><c>sgd 0.1 |> optimistic 1.0 1.0</c></example>
[Word("optimistic")]
public sealed record Optimistic(double Alpha, double Beta) : IFusedStage
{
    /// <summary>α, the factor of the update: α ≥ 0 and finite.</summary>
    public double Alpha { get; init => field = Require.NonNegative(value, nameof(Alpha)); } = Require.NonNegative(Alpha, nameof(Alpha));

    /// <summary>β, the factor of its change: β ≥ 0 and finite.</summary>
    public double Beta { get; init => field = Require.NonNegative(value, nameof(Beta)); } = Require.NonNegative(Beta, nameof(Beta));

    Phase IStage.Phase => Phase.Direction;
    string IStage.Equation => "u = α u + β (u − u_prev) (u_prev = u at first)";

    StageTraits IStage.Traits =>
        StageTraits.LinearInStep | StageTraits.Elementwise | StageTraits.Rotations | StageTraits.RestsAtZero;

    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Element("previous")];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Apply(new Rule<V, T>(this), "previous");

    private struct Rule<V, T>(Optimistic optimistic) : IRule1<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _alpha, _beta, _still;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            (_alpha, _beta) = (V.Broadcast(optimistic.Alpha), V.Broadcast(optimistic.Beta));

            // Where nothing has changed, or the change does not matter: 0·∞ is kept out.
            _still = V.First(step.Number == 1 || optimistic.Beta == 0 ? V.Count : 0);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V previous)
        {
            var now = u;
            u = V.Select(_still, _alpha * now, V.Fma(_alpha, now, _beta * (now - previous)));
            previous = now;
        }
    }
}
