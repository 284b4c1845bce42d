using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Projects the parameters onto the Euclidean ball of radius r around 0 after every step: <c>p = p · min(1, r/‖p‖)</c>, with
/// one norm over all tensors in scope.
/// </summary>
/// <remarks>
/// The exact identity where ‖p‖ ≤ r; afterwards ‖p‖ ≤ r up to the rounding of the number type. The norm neither over- nor
/// underflows; where it is not finite p stays as it is (see <c>skipNonFinite</c>). Frozen tensors do not count.
/// <para>Equals Optax <c>projection_l2_ball</c>, applied behind the step.</para>
/// </remarks>
/// <param name="Radius">r, in units of the parameters: r > 0, infinity allowed.</param>
/// <example><c>sgd 0.1 |> ball 1.0</c></example>
[Word("ball")]
public sealed record Ball(double Radius) : IFusedStage
{
    /// <summary>r, the radius: r > 0, infinity allowed.</summary>
    public double Radius { get; init => field = Require.Threshold(value, nameof(Radius)); } = Require.Threshold(Radius, nameof(Radius));

    Phase IStage.Phase => Phase.Constraint;
    string IStage.Equation => "p = p · min(1, r/‖p‖)";
    StageTraits IStage.Traits => StageTraits.Rotations | StageTraits.Limits;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) =>
        builder.Apply(new Rule<V, T>(this, builder.Norm(Measured.Parameters)));

    private struct Rule<V, T>(Ball ball, Measure norm) : IRule0<V, T>, IWritesParameters
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _factor;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            var (length, radius) = (step[norm], ball.Radius);
            _factor = V.Broadcast(length > radius && double.IsFinite(length) ? radius / length : 1);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p) => p *= _factor;
    }
}
