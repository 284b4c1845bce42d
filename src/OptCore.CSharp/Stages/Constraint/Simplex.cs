using System.Numerics;
using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Projects the parameters onto the simplex {p ≥ 0, Σp = r} after every step: <c>p = max(p − τ, 0)</c> with the τ for which
/// the sum is r, over all tensors in scope as one vector.
/// </summary>
/// <remarks>
/// The Euclidean projection, exact up to the rounding of the number type. Where an element is not finite p stays as it is
/// (see <c>skipNonFinite</c>). Costs some passes over the vector; a barrier. Frozen tensors do not count.
/// <para>Source: Held, Wolfe &amp; Crowder 1974; Michelot 1986. Equals Optax <c>projection_simplex</c>,
/// applied behind the step. A plan with no element in scope is refused with an <see cref="ArgumentException"/>.</para>
/// </remarks>
/// <param name="Radius">r, the sum of the parameters: r > 0 and finite; 1 for probabilities.</param>
/// <example><c>sgd 0.1 |> simplex 1.0</c></example>
[Word("simplex")]
public sealed record Simplex(double Radius) : IFusedStage, IPlanCheck
{
    /// <summary>r, the sum of the parameters: r > 0 and finite.</summary>
    public double Radius { get; init => field = Require.Positive(value, nameof(Radius)); } = Require.Positive(Radius, nameof(Radius));

    Phase IStage.Phase => Phase.Constraint;
    string IStage.Equation => "p = max(p − τ, 0), τ such that Σp = r";
    StageTraits IStage.Traits => StageTraits.Limits;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There is no parameter in scope: the set is empty.</exception>
    public void CheckPlan(long elements)
    {
        if (elements == 0)
        {
            throw new ArgumentException(
                "simplex acts on 0 parameters, whose sum cannot be r > 0; expected at least one in its scope.", nameof(elements));
        }
    }

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var finder = new SimplexLevel();
        builder.Vector(Measured.Parameters, (parameters, _) => Project(parameters, finder, Radius));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Project<T>(Span<T> p, SimplexLevel finder, double radius)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Reduction.FirstNonFinite<T>(p) >= 0)
        {
            return;
        }

        var largest = double.NegativeInfinity;
        foreach (var x in p)
        {
            largest = Math.Max(largest, Reduction.Widen(x));
        }

        var level = finder.Find<T>(p, magnitudes: false, largest, radius);
        foreach (ref var x in p)
        {
            x = T.CreateTruncating(Math.Max(level - (largest - Reduction.Widen(x)), 0));
        }
    }
}
