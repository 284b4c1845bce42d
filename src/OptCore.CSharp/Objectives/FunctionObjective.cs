using static System.FormattableString;

namespace OptCore;

/// <summary>An objective made of the caller's own functions.</summary>
/// <remarks>
/// The span constructors allocate nothing per evaluation; <see cref="OfArrays"/> hands the functions a fresh copy of
/// the point each time, so they may keep or change it. The functions must be pure: equal points give equal values. What
/// is known about the function can be said in the init properties and is not checked. Values and gradients may be NaN
/// or infinite: they are passed on as they are.
/// </remarks>
/// <example><code>
/// var bowl = FunctionObjective.OfArrays(2, x => x[0] * x[0] + x[1] * x[1], x => [2 * x[0], 2 * x[1]]);
/// </code></example>
public sealed class FunctionObjective : IObjective
{
    private readonly ValueAndGradient function;

    /// <summary>The value of a function at a point.</summary>
    /// <param name="parameters">The point; read-only, valid during the call.</param>
    /// <returns>The value.</returns>
    public delegate double Value(ReadOnlySpan<double> parameters);

    /// <summary>The gradient of a function at a point.</summary>
    /// <param name="parameters">The point; read-only, valid during the call.</param>
    /// <param name="gradient">Receives all elements of the gradient; what it holds before is unspecified.</param>
    public delegate void Gradient(ReadOnlySpan<double> parameters, Span<double> gradient);

    /// <summary>The value and the gradient of a function at a point, in one pass.</summary>
    /// <param name="parameters">The point; read-only, valid during the call.</param>
    /// <param name="gradient">Receives all elements of the gradient; what it holds before is unspecified.</param>
    /// <returns>The value.</returns>
    public delegate double ValueAndGradient(ReadOnlySpan<double> parameters, Span<double> gradient);

    /// <summary>The objective of one function that gives both value and gradient.</summary>
    /// <param name="dimension">The number of parameters, ≥ 0.</param>
    /// <param name="function">The function.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is negative.</exception>
    /// <exception cref="ArgumentNullException">The function is null.</exception>
    public FunctionObjective(int dimension, ValueAndGradient function)
    {
        Dimension = Require.Count(dimension, nameof(dimension), 0);
        this.function = Require.NotNull(function);
    }

    /// <summary>The objective of a value function and a gradient function.</summary>
    /// <param name="dimension">The number of parameters, ≥ 0.</param>
    /// <param name="value">The value function.</param>
    /// <param name="gradient">The gradient function.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is negative.</exception>
    /// <exception cref="ArgumentNullException">A function is null.</exception>
    public FunctionObjective(int dimension, Value value, Gradient gradient)
        : this(dimension, Join(Require.NotNull(value), Require.NotNull(gradient)))
    {
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

    /// <summary>The objective of two functions on arrays: the form for lambdas of F# and C#.</summary>
    /// <param name="dimension">The number of parameters, ≥ 0.</param>
    /// <param name="value">The value at a point.</param>
    /// <param name="gradient">The gradient at a point, an array of length <paramref name="dimension"/>.</param>
    /// <returns>The objective; its evaluation throws an <see cref="ArgumentException"/> when
    /// <paramref name="gradient"/> returns null or a wrong length.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is negative.</exception>
    /// <exception cref="ArgumentNullException">A function is null.</exception>
    public static FunctionObjective OfArrays(
        int dimension, Func<double[], double> value, Func<double[], double[]> gradient)
    {
        Require.NotNull(value);
        Require.NotNull(gradient);
        return new(
            dimension,
            point => value(point.ToArray()),
            (point, result) => Checked(gradient(point.ToArray()), result.Length).CopyTo(result));
    }

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        Lengths.CheckPoint(parameters, gradient, Dimension);
        return function(parameters, gradient);
    }

    /// <summary>The name and the dimension.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => Invariant($"{Name} of {Dimension} parameters");

    /// <summary>What a gradient function returned, if it has the right length.</summary>
    /// <exception cref="ArgumentException">It is null or has another length.</exception>
    internal static T[] Checked<T>(T[]? result, int expected)
    {
        if (result?.Length == expected)
        {
            return result;
        }

        var found = result is null ? "null" : Invariant($"an array of length {result.Length}");
        throw new ArgumentException(
            Invariant($"The gradient function returned {found}; expected an array of length {expected}."), "gradient");
    }

    private static ValueAndGradient Join(Value value, Gradient gradient) => (parameters, result) =>
    {
        gradient(parameters, result);
        return value(parameters);
    };
}
