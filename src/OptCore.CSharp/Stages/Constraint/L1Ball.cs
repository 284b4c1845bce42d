using System.Numerics;
using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Projects the parameters onto the ball ‖p‖₁ ≤ r after every step: <c>p = sign(p) max(|p| − τ, 0)</c> with the τ ≥ 0 for
/// which the sum of magnitudes is r, over all tensors in scope as one vector. Makes exact zeros.
/// </summary>
/// <remarks>
/// The exact identity where ‖p‖₁ ≤ r, else the Euclidean projection up to the rounding of the number type. Where an
/// element is not finite p stays as it is (see <c>skipNonFinite</c>). Costs some passes over the vector outside the ball and one
/// inside; a barrier. No element is an ordinary case. Frozen tensors do not count.
/// <para>Source: Duchi, Shalev-Shwartz, Singer &amp; Chandra 2008 for the reduction to the simplex. Equals Optax <c>projection_l1_ball</c>,
/// applied behind the step.</para>
/// </remarks>
/// <param name="Radius">r, the largest sum of magnitudes: r > 0, infinity allowed.</param>
/// <example><c>sgd 0.1 |> l1Ball 1.0</c></example>
[Word("l1Ball")]
public sealed record L1Ball(double Radius) : IFusedStage
{
    /// <summary>r, the largest sum of magnitudes: r > 0, infinity allowed.</summary>
    public double Radius { get; init => field = Require.Threshold(value, nameof(Radius)); } = Require.Threshold(Radius, nameof(Radius));

    Phase IStage.Phase => Phase.Constraint;
    string IStage.Equation => "p = sign(p) max(|p| − τ, 0), τ ≥ 0 the smallest with ‖p‖₁ ≤ r";
    StageTraits IStage.Traits => StageTraits.Limits;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var finder = new SimplexLevel();
        builder.Vector(Measured.Parameters, (parameters, _) => Project(parameters, finder, Radius));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Project<T>(Span<T> p, SimplexLevel finder, double radius)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sum = new CompensatedSum();
        double largest = 0;
        foreach (var x in p)
        {
            var magnitude = Math.Abs(Reduction.Widen(x));
            sum.Add(magnitude);
            largest = Math.Max(largest, magnitude);
        }

        // A sum that overflows ends as NaN, which is not inside either.
        if (sum.Value <= radius || double.IsInfinity(radius) || !double.IsFinite(largest))
        {
            return;
        }

        var level = finder.Find<T>(p, magnitudes: true, largest, radius);
        foreach (ref var x in p)
        {
            var a = Reduction.Widen(x);
            x = T.CreateTruncating(Math.CopySign(Math.Max(level - (largest - Math.Abs(a)), 0), a));
        }
    }
}
