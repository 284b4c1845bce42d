using static System.FormattableString;

namespace OptCore;

/// <summary>
/// A function written with <see cref="Dual"/> numbers, whose gradient comes from its own arithmetic: forward-mode
/// automatic differentiation, exact up to rounding.
/// </summary>
/// <remarks>
/// Costs ⌈d/8⌉ evaluations of the function, at least one, each of them about 2–4 times one with plain numbers: made for
/// tens of parameters. The function must be pure; a branch is differentiated as it is taken. It gets a fresh array each
/// time.
/// </remarks>
/// <example><code>
/// var valley = new AutoDiff(2, x => Dual.Pow(1 - x[0], 2) + (100 * Dual.Pow(x[1] - (x[0] * x[0]), 2)));
/// </code></example>
public sealed class AutoDiff : IObjective
{
    private readonly Func<Dual[], Dual> function;

    /// <summary>The objective of a function of dual numbers.</summary>
    /// <param name="dimension">The number of parameters, ≥ 0.</param>
    /// <param name="function">The function.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is negative.</exception>
    /// <exception cref="ArgumentNullException">The function is null.</exception>
    public AutoDiff(int dimension, Func<Dual[], Dual> function)
    {
        Dimension = Require.Count(dimension, nameof(dimension), 0);
        this.function = Require.NotNull(function);
    }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <inheritdoc/>
    public string Name { get; init; } = "function";

    /// <inheritdoc/>
    public double? Minimum { get; init; }

    /// <inheritdoc/>
    public IReadOnlyList<double>? Minimizer { get; init; }

    /// <inheritdoc/>
    public double? Smoothness { get; init; }

    /// <inheritdoc/>
    public double? Convexity { get; init; }

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        Lengths.CheckPoint(parameters, gradient, Dimension);
        var first = 0;
        Dual result;
        do
        {
            result = function(Seeded(parameters, first));
            for (var i = first; i < Math.Min(first + Dual.Width, gradient.Length); i++)
            {
                gradient[i] = result.Slope(i - first);
            }

            first += Dual.Width;
        }
        while (first < parameters.Length);
        return result.Value;
    }

    /// <summary>The name and the dimension.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => Invariant($"{Name} of {Dimension} parameters");

    private static Dual[] Seeded(ReadOnlySpan<double> parameters, int first)
    {
        var point = new Dual[parameters.Length];
        for (var i = 0; i < point.Length; i++)
        {
            point[i] = i >= first && i < first + Dual.Width ? Dual.Variable(parameters[i], i - first) : parameters[i];
        }

        return point;
    }
}
