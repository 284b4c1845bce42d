using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>Adds a subgradient of λ‖p‖₁ to the gradient: <c>u = u + λ sign(p)</c>, sign(0) = 0.</summary>
/// <remarks>
/// λ has the unit of the gradient. Coordinates are pushed towards 0 but step over it: for exact zeros use <c>proxL1</c>.
/// A NaN in p stays NaN. With λ = 0 the identity.
/// <para>Source: Tibshirani 1996 (the penalty). Equals <c>SignDecay</c> of Optimisers.jl.
/// Differs: PyTorch and Optax have no such rule.</para>
/// </remarks>
/// <param name="Lambda">λ, the strength of the penalty: λ ≥ 0.</param>
/// <example><c>sgd 0.1 |> l1 0.01</c></example>
[Word("l1")]
public sealed record L1(double Lambda) : IFusedStage
{
    /// <summary>λ, the strength of the penalty: λ ≥ 0.</summary>
    public double Lambda { get; init => field = Require.NonNegative(value, nameof(Lambda)); } = Require.NonNegative(Lambda, nameof(Lambda));

    Phase IStage.Phase => Phase.Regularization;
    string IStage.Equation => "u = u + λ sign(p)";
    StageTraits IStage.Traits => StageTraits.Elementwise;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Apply(new Rule<V, T>(this));

    private struct Rule<V, T>(L1 l1) : IRule0<V, T>, IPlainRule, IReadsParameters
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _lambda;
        private Signs<V, T> _signs;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => (_lambda, _signs) = (V.Broadcast(l1.Lambda), new());

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p) => u = V.Fma(_lambda, _signs.Of(p), u);
    }
}
