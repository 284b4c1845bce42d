using System.Globalization;

namespace OptCore;

/// <summary>What an invariant looks at.</summary>
/// <param name="parameters">The parameters; valid during the call only.</param>
/// <returns>The number that must not be above the limit; NaN breaks the invariant, too.</returns>
public delegate double InvariantMeasure(ReadOnlySpan<double> parameters);

/// <summary>
/// A claim about the parameters behind every update of a run, <c>measure(p) ≤ limit</c>: the run ends at the first update that breaks it
/// and says which stage did.
/// </summary>
/// <param name="Name">How the result calls it.</param>
/// <param name="Measure">What is measured; a pure function of the parameters.</param>
/// <param name="Limit">The largest value that holds.</param>
public sealed record Invariant(string Name, InvariantMeasure Measure, double Limit)
{
    /// <summary>The largest value that holds: a number, infinity allowed.</summary>
    public double Limit { get; init => field = Require.Number(value, nameof(Limit)); } = Require.Number(Limit, nameof(Limit));

    /// <summary>‖p‖ ≤ c.</summary>
    /// <param name="limit">c > 0.</param>
    /// <returns>The invariant.</returns>
    /// <exception cref="ArgumentOutOfRangeException">c is not positive.</exception>
    public static Invariant NormBelow(double limit) => new(
        $"norm below {Text(Require.Threshold(limit, nameof(limit)))}",
        parameters => Kernels.Norm.Of<double>(parameters, [new Kernels.ElementRange(0, parameters.Length)]),
        limit);

    /// <summary>‖p − Π(p)‖ ≤ ε for the projection Π of a constraint, the parameters as one vector: near its set.</summary>
    /// <param name="tolerance">ε ≥ 0.</param>
    /// <param name="constraint">The constraint: <c>new Simplex(1)</c>.</param>
    /// <returns>The invariant.</returns>
    /// <exception cref="ArgumentException">The stage is no projection.</exception>
    /// <exception cref="ArgumentOutOfRangeException">ε is negative, infinite or NaN.</exception>
    public static Invariant Within(double tolerance, IStage constraint)
    {
        var plan = Projection.PlanOf(constraint, Layout.Plain(1));
        return new(
            $"within {Text(Require.NonNegative(tolerance, nameof(tolerance)))} of {Words.Print(constraint)}",
            parameters =>
            {
                if (Kernels.Reduction.FirstNonFinite(parameters) >= 0)
                {
                    return double.NaN;
                }

                plan = plan.Layout.Length == parameters.Length ? plan : Projection.PlanOf(constraint, Layout.Plain(parameters.Length));
                return Projection.Distance(plan, parameters);
            },
            tolerance);
    }

    /// <summary>Whether the parameters keep it.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <returns>True where the measure is at most the limit.</returns>
    public bool Holds(ReadOnlySpan<double> parameters) => Measure(parameters) <= Limit;

    /// <summary>The name.</summary>
    /// <returns>One phrase.</returns>
    public override string ToString() => Name;

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');
}
