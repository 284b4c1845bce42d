using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// LARS: momentum on gradients that are scaled, tensor by tensor, to a fixed fraction of the size of the parameters.
/// <code>
/// u = u + λ p;  u = u · c‖p‖/(‖u‖ + ε)   (per tensor; factor 1 if a norm is 0 or not finite)
/// v = β v + η_t u;  p ← p − v
/// </code>
/// </summary>
/// <remarks>
/// The rate is inside the buffer, as in <c>velocity</c>: a change of the rate acts on new gradients alone, and v is a length
/// in units of the parameters. A step moves a tensor by a relative length of about η_t c/(1−β). The ratio is taken with the
/// decay included. A tensor at p = 0 moves by the plain gradient, a tensor of 0 elements has no ratio. A NaN in u stays in
/// its place of v for ever, and only there (see <c>skipNonFinite</c>).
/// <para>Source: You, Gitman &amp; Ginsburg 2017, algorithm 1. Equals Optax <c>lars</c>. Differs: the paper divides by
/// ‖g‖ + λ‖p‖, the sum of the norms.</para>
/// </remarks>
/// <param name="Lambda">λ, the decay added to the gradient before its norm is taken: λ ≥ 0.</param>
/// <example><c>lars 0.0001 1.0</c>, <c>larsWith (Lars(0.0001, Coefficient = 0.02)) 1.0</c></example>
[Word("lars", Head = true)]
public sealed record Lars(double Lambda) : IFusedStage, IDecay
{
    /// <summary>λ, the decay added to the gradient before its norm is taken: λ ≥ 0.</summary>
    public double Lambda { get; init => field = Require.NonNegative(value, nameof(Lambda)); } = Require.NonNegative(Lambda, nameof(Lambda));

    /// <summary>β, the decay of the buffer: 0 ≤ β &lt; 1.</summary>
    public double Momentum { get; init => field = Require.Decay(value, nameof(Momentum)); } = 0.9;

    /// <summary>c, the trust coefficient, by which ‖p‖/‖u‖ is multiplied: c ≥ 0.</summary>
    public double Coefficient { get; init => field = Require.NonNegative(value, nameof(Coefficient)); } = 0.001;

    /// <summary>ε, added to the norm of the gradient, in its units: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); }

    Phase IStage.Phase => Phase.Direction;
    string IStage.Equation => "per tensor: u = u + λ p; u = u · c‖p‖/(‖u‖ + ε); v = β v + η_t u; u = v (no η in the step)";

    StageTraits IStage.Traits =>
        StageTraits.Momentum | StageTraits.RateInside | (Lambda == 0 ? StageTraits.RestsAtZero : StageTraits.None);

    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Element("v")];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        builder.AddDecay(this);
        var (ofParameters, ofUpdate) = (builder.TensorNorms(Measured.Parameters), builder.TensorNorms(Measured.Update));
        builder.Apply(new Rule<V, T>(this, ofParameters, ofUpdate), "v");
    }

    private struct Rule<V, T>(Lars lars, Measure ofParameters, Measure ofUpdate) : IRule1<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        private V _b, _scale;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            var (p, u) = (step[ofParameters], step[ofUpdate]);
            var trusted = p > 0 && u > 0 && double.IsFinite(p) && double.IsFinite(u);
            var ratio = trusted ? lars.Coefficient * (p / (u + lars.Epsilon)) : 1;

            // The largest number instead of infinity: times the zeros of a subnormal gradient it is 0.
            _scale = V.Broadcast(Math.Min(step.Rate * ratio, Numbers.Largest<T>()));
            _b = V.Broadcast(lars.Momentum);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V v) => u = v = V.Fma(_b, v, _scale * u);
    }
}
