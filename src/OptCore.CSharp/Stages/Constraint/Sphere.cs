using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Projects the parameters onto the Euclidean sphere of radius r around 0 after every step: <c>p = p · r/‖p‖</c>, with one norm over
/// all tensors in scope.
/// </summary>
/// <remarks>
/// Afterwards ‖p‖ = r up to the rounding of the number type. At 0 every point of the sphere is as near: p stays, as where its norm is not
/// finite (see <c>skipNonFinite</c>). The norm neither over- nor underflows. Frozen tensors do not count. The set is not convex: theorems
/// about projections onto convex sets do not hold.
/// <para>Equals Optax <c>projection_l2_sphere</c>, applied behind the step.</para>
/// </remarks>
/// <param name="Radius">r, in units of the parameters: r > 0, finite.</param>
/// <example><c>sgd 0.1 |> sphere 1.0</c></example>
[Word("sphere")]
public sealed record Sphere(double Radius) : IFusedStage
{
    /// <summary>r, the radius: r > 0, finite.</summary>
    public double Radius { get; init => field = Require.Positive(value, nameof(Radius)); } = Require.Positive(Radius, nameof(Radius));

    Phase IStage.Phase => Phase.Constraint;
    string IStage.Equation => "p = p · r/‖p‖";
    StageTraits IStage.Traits => StageTraits.Rotations | StageTraits.Limits;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) =>
        builder.Apply(new Rule<V, T>(this, builder.Norm(Measured.Parameters)));

    private struct Rule<V, T>(Sphere sphere, Measure norm) : IRule0<V, T>, IWritesParameters
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private Scaled<V, T> _ratio;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            var length = step[norm];
            _ratio = new(length > 0 && double.IsFinite(length) ? Quotient.Of(sphere.Radius, length) : Quotient.One);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p) => p = _ratio.Of(p);
    }
}
