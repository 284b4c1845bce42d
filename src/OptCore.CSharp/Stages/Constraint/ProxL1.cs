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

    Phase IStage.Phase => Phase.Constraint;
    string IStage.Equation => "p = sign(p) max(|p| − η_t λ, 0)";
    StageTraits IStage.Traits => StageTraits.Elementwise;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Apply(new Rule<V, T>(this));

    // |p| − θ with its sign back is p less its projection onto [−θ, θ]: one rounding either way.
    private struct Rule<V, T>(ProxL1 prox) : IRule0<V, T>, IPlainRule, IWritesParameters
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private Interval<V, T> _threshold;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => _threshold = new(-(step.Rate * prox.Lambda), step.Rate * prox.Lambda);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p) => p -= _threshold.Nearest(p);
    }
}
