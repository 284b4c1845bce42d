using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// The triple momentum method for strongly convex functions of known curvatures, the fastest of those with constant
/// coefficients.
/// <code>
/// v' = β v + u;  u = v' + γ (v' − v);  v = v'
/// ρ = 1 − √q,  β = ρ²/(2−ρ),  γ = ρ²/((1+ρ)(2−ρ))
/// </code>
/// </summary>
/// <remarks>
/// At the rate η = (1+ρ)/L, with m I ≤ ∇²f ≤ L I and q = m/L, the point x = p − (δ−γ) η v, δ = ρ²/(1−ρ²), has
/// ‖x_k − x*‖² ≤ ρ^(2k) ‖p_0 − x*‖²/q, where Nesterov's method has ρ^k for the gap of f: half as many steps.
/// q = 1 is gradient descent. The buffer v holds gradients; a NaN in u stays in it for ever (see <c>skipNonFinite</c>).
/// <para>Source: Van Scoy, Freeman &amp; Lynch 2018, theorem 1. In no other library; PyTorch's and Optax' momentum have β alone.</para>
/// </remarks>
/// <param name="Ratio">q = m/L, the smallest curvature over the largest: 0 &lt; q ≤ 1.</param>
/// <example><c>sgd 0.19 |> tripleMomentum 0.01</c></example>
[Word("tripleMomentum")]
public sealed record TripleMomentum(double Ratio) : IFusedStage
{
    /// <summary>q = m/L, the smallest curvature over the largest: 0 &lt; q ≤ 1.</summary>
    public double Ratio { get; init => field = Checked(value); } = Checked(Ratio);

    Phase IStage.Phase => Phase.Direction;
    string IStage.Equation => "v' = β v + u; u = v' + γ (v' − v); v = v'; β = ρ²/(2−ρ), γ = ρ²/((1+ρ)(2−ρ)), ρ = 1 − √q";

    StageTraits IStage.Traits =>
        StageTraits.Momentum | StageTraits.Linear | StageTraits.Elementwise | StageTraits.Rotations | StageTraits.RestsAtZero;

    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Element("v")];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Apply(new Rule<V, T>(this), "v");

    private static double Checked(double value) => Require.Between(Require.Positive(value, nameof(Ratio)), 0, 1, nameof(Ratio));

    private struct Rule<V, T>(TripleMomentum method) : IRule1<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _beta, _gamma;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            var rho = 1 - Math.Sqrt(method.Ratio);
            var beta = rho * rho / (2 - rho);
            (_beta, _gamma) = (V.Broadcast(beta), V.Broadcast(beta / (1 + rho)));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V v)
        {
            var next = V.Fma(_beta, v, u);
            u = V.Fma(_gamma, next - v, next);
            v = next;
        }
    }
}
