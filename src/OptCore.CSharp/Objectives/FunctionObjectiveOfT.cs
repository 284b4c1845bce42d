using System.Numerics;
using OptCore.Kernels;
using static System.FormattableString;

namespace OptCore;

/// <summary>
/// An objective made of the caller's own functions that compute in <typeparamref name="T"/>: a model of one's own in float. A function
/// of doubles needs none of this: <see cref="FunctionObjective"/> serves plans of any type.
/// </summary>
/// <remarks>
/// The functions must be pure: equal points give equal values. Asked for doubles (by a plan of doubles, a check of the gradient), it
/// computes in T at the rounded point, and what it finds has no more digits than T has.
/// </remarks>
/// <example><code>
/// var bowl = new FunctionObjective&lt;float&gt;(2, x => x[0] * x[0] + x[1] * x[1], x => [2 * x[0], 2 * x[1]]);
/// </code></example>
/// <typeparam name="T">float.</typeparam>
public sealed class FunctionObjective<T> : IObjective<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Func<T[], double> value;
    private readonly Func<T[], T[]> gradient;

    /// <summary>The objective of two functions on arrays, which get a fresh copy of the point each time.</summary>
    /// <param name="dimension">The number of parameters, ≥ 0.</param>
    /// <param name="value">The value at a point.</param>
    /// <param name="gradient">The gradient at a point, an array of length <paramref name="dimension"/>; null or another length is an
    /// <see cref="ArgumentException"/> of the evaluation.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is negative.</exception>
    /// <exception cref="ArgumentNullException">A function is null.</exception>
    public FunctionObjective(int dimension, Func<T[], double> value, Func<T[], T[]> gradient)
    {
        Dimension = Require.Count(dimension, nameof(dimension), 0);
        (this.value, this.gradient) = (Require.NotNull(value), Require.NotNull(gradient));
    }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <inheritdoc/>
    public string Name { get; init; } = "function";

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<T> parameters, Span<T> gradient)
    {
        Lengths.CheckPoint(parameters, gradient, Dimension);
        FunctionObjective.Checked(this.gradient(parameters.ToArray()), Dimension).CopyTo(gradient);
        return value(parameters.ToArray());
    }

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        Lengths.CheckPoint(parameters, gradient, Dimension);
        var (point, slopes) = (new T[Dimension], new T[Dimension]);
        WideVectors.Narrow<T>(parameters, point);
        var found = Evaluate(point, slopes);
        WideVectors.Widen<T>(slopes, gradient);
        return found;
    }

    /// <summary>The name and the dimension.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => Invariant($"{Name} of {Dimension} parameters");
}
