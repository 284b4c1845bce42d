using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Fromage: steps of a fixed length relative to the tensor, which is then brought back to its size.
/// <code>
/// r = max(‖p‖, Minimum)/max(‖u‖, Minimum)   (per tensor)
/// p ← (p − η_t r u)/√(1 + η_t²)
/// </code>
/// </summary>
/// <remarks>
/// The rate is inside, and is the angle by which a tensor turns. With ⟨u, p⟩ = 0 the norm of p stays. Where u = 0 p still shrinks. Norms
/// neither over- nor underflow; a tensor whose ‖u‖ is 0 (at
/// Minimum = 0) or infinite only shrinks.
/// <para>Source: Bernstein et al. 2020. Equals Optax <c>fromage</c>.</para>
/// </remarks>
/// <example><c>fromage 0.01</c>, <c>fromageWith (Fromage(Minimum = 0.1)) 0.01</c></example>
[Word("fromage", Head = true)]
public sealed record Fromage : IFusedStage
{
    /// <summary>The least norm of parameters and update that counts: ≥ 0.</summary>
    public double Minimum { get; init => field = Require.NonNegative(value, nameof(Minimum)); } = 1e-6;

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        "u = p − (p − η_t r u)/√(1 + η_t²), r = max(‖p‖, Minimum)/max(‖u‖, Minimum) for each tensor (no η in the step)";

    StageTraits IStage.Traits => StageTraits.RateInside;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var parameters = builder.TensorNorms(Measured.Parameters);
        var update = builder.TensorNorms(Measured.Update);
        builder.Apply(new Rule<V, T>(this, parameters, update));
    }

    private struct Rule<V, T>(Fromage fromage, Measure parameters, Measure update) : IRule0<V, T>, IReadsParameters
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private Scaled<V, T> _ofUpdate;
        private V _ofParameters;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            var (rate, length) = (step.Rate, Math.Max(step[update], fromage.Minimum));
            var hypotenuse = Math.Sqrt(1 + (rate * rate));

            // 1 − 1/√(1+η²), which a small rate would cancel.
            _ofParameters = V.Broadcast(rate / hypotenuse * (rate / (1 + hypotenuse)));
            var size = rate / hypotenuse * Math.Max(step[parameters], fromage.Minimum);
            _ofUpdate = new(
                double.IsNaN(size + length) ? new(1, double.NaN)
                : length is 0 or double.PositiveInfinity ? new(1, 0)
                : Quotient.Of(size, length));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p) => u = _ofUpdate.Added(u, _ofParameters * p);
    }
}
