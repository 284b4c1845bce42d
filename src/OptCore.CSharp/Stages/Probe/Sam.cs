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

    /// <inheritdoc/>
    public Phase Phase => Phase.Probe;

    /// <inheritdoc/>
    public string Equation => "g at p + ρ g/‖g‖";

    /// <inheritdoc/>
    public StageTraits Traits => StageTraits.Rotations | StageTraits.RestsAtZero;

    /// <inheritdoc/>
    public int Gradients => 2;

    /// <inheritdoc/>
    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
    }

    /// <inheritdoc/>
    void IProbe.BuildPoint<V, T>(StageBuilder<V, T> builder) =>
        builder.Apply(new Ascend<V, T>(Rho, builder.Norm(Measured.Update)));

    private struct Ascend<V, T>(double rho, Measure norm) : IKernel<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private Quotient _ratio;
        private V _power, _factor;

        public readonly KernelUse Use => KernelUse.WritesParameters;

        public void Begin(StepContext step) =>
            _ratio = step[norm] is > 0 and < double.PositiveInfinity ? Quotient.Of(rho, step[norm]) : new Quotient(1, 0);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Open(in Lanes<T> lanes) => (_power, _factor) = (V.Broadcast(_ratio.Power), V.Broadcast(_ratio.Factor));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply<P>(ref V u, ref V p, P at)
            where P : struct, IPlace<V, T> =>
            p = V.Select(V.Equal(_factor, V.Zero), p, V.Fma(u * _power, _factor, p));
    }
}
