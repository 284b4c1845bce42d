namespace OptCore;

/// <summary>The projections of the constraints as functions.</summary>
public static class Projection
{
    /// <summary>The point of a constraint's set that is nearest to a point, as the stage finds it behind a step.</summary>
    /// <param name="constraint">A constraint: <c>new Ball(1)</c>, <c>new Simplex(1)</c> …</param>
    /// <param name="point">The point, of any length that the constraint goes with; as one vector. Finite.</param>
    /// <returns>The nearest point; bit for bit the point itself where it is in the set.</returns>
    /// <exception cref="ArgumentException">The stage is no projection, the point is not finite, or the constraint does not go with its
    /// length.</exception>
    /// <example><code>Projection.Onto(new Simplex(1), [0.5, 0.2, 0.9])   // [0.3, 0, 0.7]</code></example>
    public static double[] Onto(IStage constraint, ReadOnlySpan<double> point) =>
        Onto(PlanOf(constraint, Layout.Plain(point.Length)), point);

    /// <summary>The nearest point of a constraint's set, where it looks at tensors and their axes: <c>new MaxNorm(1)</c> …</summary>
    /// <param name="constraint">A constraint.</param>
    /// <param name="layout">The tensors.</param>
    /// <param name="point">The point, as long as the layout; finite.</param>
    /// <returns>The nearest point; bit for bit the point itself where it is in the set.</returns>
    /// <exception cref="ArgumentException">The stage is no projection, the point is not finite or of another length than the layout, or the
    /// constraint does not go with the layout.</exception>
    /// <example><code>Projection.Onto(new UnitNorm(), Layout.Empty.Add("w", 2, 2), [3, 0, 4, 2])   // [0.6, 0, 0.8, 1]</code></example>
    public static double[] Onto(IStage constraint, Layout layout, ReadOnlySpan<double> point) =>
        Onto(PlanOf(constraint, Require.NotNull(layout)), point);

    /// <summary>How far a point is from a constraint's set: ‖p − Π(p)‖.</summary>
    /// <inheritdoc cref="Onto(IStage, ReadOnlySpan{double})"/>
    /// <returns>The distance; 0 inside.</returns>
    public static double Distance(IStage constraint, ReadOnlySpan<double> point) =>
        Distance(PlanOf(constraint, Layout.Plain(point.Length)), point);

    /// <summary>How far a point is from a constraint's set, for constraints that look at tensors and their axes.</summary>
    /// <inheritdoc cref="Onto(IStage, Layout, ReadOnlySpan{double})"/>
    /// <returns>The distance; 0 inside.</returns>
    public static double Distance(IStage constraint, Layout layout, ReadOnlySpan<double> point) =>
        Distance(PlanOf(constraint, Require.NotNull(layout)), point);

    internal static double Distance(Plan<double> plan, ReadOnlySpan<double> point)
    {
        var nearest = Onto(plan, point);
        for (var i = 0; i < nearest.Length; i++)
        {
            nearest[i] -= point[i];
        }

        return Kernels.Norm.Of<double>(nearest, [new Kernels.ElementRange(0, nearest.Length)]);
    }

    private static void CheckFinite(ReadOnlySpan<double> point)
    {
        var wrong = Kernels.Reduction.FirstNonFinite(point);
        if (wrong >= 0)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"point[{wrong}] = {point[wrong]}; expected finite numbers."), nameof(point));
        }
    }

    // A step of rate 0 moves nothing but the constraint.
    internal static Plan<double> PlanOf(IStage constraint, Layout layout) =>
        Require.NotNull(constraint).Phase == Phase.Constraint && constraint.Has(StageTraits.Limits)
            ? Optimizer.Sgd(0).With(constraint).Plan<double>(layout)
            : throw new ArgumentException(
                $"{Words.Print(constraint)} is no projection; expected a constraint such as Ball(1.0).", nameof(constraint));

    private static double[] Onto(Plan<double> plan, ReadOnlySpan<double> point)
    {
        CheckFinite(point);
        return plan.Step(plan.Init(point), new double[point.Length]).ToArray();
    }
}
