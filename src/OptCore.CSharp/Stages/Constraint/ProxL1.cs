using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// The proximal operator of η_t λ‖p‖₁ after every step, <c>p = sign(p) max(|p| − η_t λ, 0)</c>: with <c>sgd</c> the
/// iterative soft-thresholding algorithm (ISTA) for a loss plus λ‖p‖₁. Makes exact zeros.
/// </summary>
/// <remarks>
/// η_t is the rate of the tensor, schedules and <c>rateFor</c> included, also where the direction contains the rate. λ has
/// the unit of the gradient. With η_t λ = 0 the identity; NaN stays NaN.
/// <para>Source: Beck &amp; Teboulle 2009, equation 1.6. Differs: PyTorch and Optax have no such rule for a step;
/// <c>l1</c> adds a subgradient and never stops at 0.</para>
/// </remarks>
/// <param name="Lambda">λ, the strength of the penalty: λ ≥ 0.</param>
/// <example><c>sgd 0.1 |> proxL1 0.01</c></example>
[Word("proxL1")]
public sealed record ProxL1(double Lambda) : IFusedStage
{
    /// <summary>λ, the strength of the penalty: λ ≥ 0.</summary>
    public double Lambda { get; init => field = Require.NonNegative(value, nameof(Lambda)); } = Require.NonNegative(Lambda, nameof(Lambda));

    /// <inheritdoc/>
    public Phase Phase => Phase.Constraint;

    /// <inheritdoc/>
    public string Equation => "p = sign(p) max(|p| − η_t λ, 0)";

    /// <inheritdoc/>
    public StageTraits Traits => StageTraits.Elementwise;

    /// <inheritdoc/>
    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Apply(new Kernel<V, T>(Lambda));

    private struct Kernel<V, T>(double lambda) : IKernel<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private double _threshold;
        private V _high, _low;

        public readonly KernelUse Use => KernelUse.WritesParameters;

        public void Begin(StepContext step) => _threshold = step.Rate * lambda;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Open(in Lanes<T> lanes) => (_high, _low) = (V.Broadcast(_threshold), V.Broadcast(-_threshold));

        // |p| − θ with its sign back is p less its projection onto [−θ, θ]: one rounding either way.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply<P>(ref V u, ref V p, P at)
            where P : struct, IPlace<V, T> => p -= V.Max(_low, V.Min(_high, p));
    }
}
