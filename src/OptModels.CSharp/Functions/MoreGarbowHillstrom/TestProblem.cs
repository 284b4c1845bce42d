using static System.FormattableString;

namespace OptModels;

/// <summary>A problem of Moré, Garbow and Hillstrom with its published start and minimum.</summary>
/// <param name="Number">Its number in the paper.</param>
/// <param name="Objective">The function, of the published dimension.</param>
/// <param name="Minima">The published local minima, the smallest first: values with six digits, 0 where it is exact.</param>
public sealed record TestProblem(int Number, IObjective Objective, IReadOnlyList<double> Minima)
{
    private readonly double[] _start = [];

    internal TestProblem(int number, IObjective objective, double[] start, params double[] minima)
        : this(number, objective, Array.AsReadOnly(minima)) => _start = start;

    /// <summary>The published point to start from; a copy.</summary>
    public double[] Start => [.. _start];

    /// <summary>The number and the function.</summary>
    /// <returns>One line: <c>8 Bard of 3 parameters</c>.</returns>
    public override string ToString() => Invariant($"{Number} {Objective}");
}
