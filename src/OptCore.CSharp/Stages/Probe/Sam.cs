using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Sharpness-aware minimization: the gradient is evaluated at <c>p + ρ g/‖g‖</c>, where g is the gradient at p of the same
/// mini-batch and ‖·‖ runs over all tensors in scope; the step itself starts from p.
/// </summary>
/// <remarks>
/// A step needs two gradients. ρ is a length in units of the parameters. Where ‖g‖ is 0 or not finite the point is p
/// itself, bit for bit, as it is outside the scope and with ρ = 0. Keeps no state.
/// <para>Source: Foret, Kleiner, Mobahi &amp; Neyshabur 2021, equation 2 with p = 2. Equals <c>optax.contrib.sam</c> in
/// opaque mode with <c>normalize</c> and <c>sgd(ρ)</c> as the adversary. Differs: that one gives NaN for g = 0.</para>
/// </remarks>
/// <param name="Rho">ρ, the distance to the point of the second gradient: ρ ≥ 0.</param>
/// <example><c>sgd 0.1 |> sam 0.05 |> momentum 0.9</c></example>
[Word("sam")]
public sealed record Sam(double Rho) : IProbe
{
    /// <summary>ρ, the distance to the point of the second gradient: ρ ≥ 0.</summary>
    public double Rho { get; init => field = Require.NonNegative(value, nameof(Rho)); } = Require.NonNegative(Rho, nameof(Rho));

    Phase IStage.Phase => Phase.Probe;
    string IStage.Equation => "g at p + ρ g/‖g‖";
    StageTraits IStage.Traits => StageTraits.Rotations | StageTraits.RestsAtZero;
    int IProbe.Gradients => 2;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
    }

    void IProbe.BuildPoint<V, T>(StageBuilder<V, T> builder) =>
        builder.Apply(new Ascend<V, T>(this, builder.Norm(Measured.Update)));

    private struct Ascend<V, T>(Sam sam, Measure norm) : IRule0<V, T>, IWritesParameters
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private Scaled<V, T> _way;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            var length = step[norm];
            _way = new(length is > 0 and < double.PositiveInfinity ? Quotient.Of(sam.Rho, length) : new Quotient(1, 0));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p) => p = _way.Added(u, to: p);
    }
}
