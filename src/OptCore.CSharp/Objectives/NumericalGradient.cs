using static System.FormattableString;

namespace OptCore;

/// <summary>
/// A function whose gradient is taken by central differences: ∂ᵢf ≈ (f(x + hᵢeᵢ) − f(x − hᵢeᵢ)) / 2hᵢ with hᵢ = u^⅓ ·
/// max(1, |xᵢ|), u = 2⁻⁵². For quick trials.
/// </summary>
/// <remarks>
/// Costs 2d + 1 evaluations of the function. Exact up to about u^⅔ (4e-11) relative to values and third derivatives near
/// 1; a minimum cannot be found more exactly than that. <see cref="AutoDiff"/> is exact, and cheaper from d = 2 on. The
/// function must be pure. Where it is NaN or infinite, so is the gradient.
/// </remarks>
/// <example><code>
/// var bowl = new NumericalGradient(2, x => (x[0] * x[0]) + (3 * x[1] * x[1]));
/// </code></example>
public sealed class NumericalGradient : IObjective
{
    /// <summary>u^⅓: balances the error of the difference, h², against the rounding of the values, u/h.</summary>
    internal const double Step = 6.0554544523933429e-6;

    private readonly FunctionObjective.Value function;

    /// <summary>The objective of a function without a gradient.</summary>
    /// <param name="dimension">The number of parameters, ≥ 0.</param>
    /// <param name="function">The function.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is negative.</exception>
    /// <exception cref="ArgumentNullException">The function is null.</exception>
    public NumericalGradient(int dimension, FunctionObjective.Value function)
    {
        Dimension = Require.Count(dimension, nameof(dimension), 0);
        this.function = Require.NotNull(function);
    }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <inheritdoc/>
    public string Name { get; init; } = "function, gradient by differences";

    /// <summary>The objective of a function on arrays, which gets a copy of the point each time.</summary>
    /// <param name="dimension">The number of parameters, ≥ 0.</param>
    /// <param name="function">The function.</param>
    /// <returns>The objective.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is negative.</exception>
    /// <exception cref="ArgumentNullException">The function is null.</exception>
    public static NumericalGradient OfArrays(int dimension, Func<double[], double> function)
    {
        Require.NotNull(function);
        return new(dimension, point => function(point.ToArray()));
    }

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        Lengths.CheckPoint(parameters, gradient, Dimension);
        var point = parameters.ToArray();
        for (var i = 0; i < point.Length; i++)
        {
            gradient[i] = Slope(function, point, i);
        }

        return function(parameters);
    }

    /// <summary>The name and the dimension.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => Invariant($"{Name} of {Dimension} parameters");

    /// <summary>One partial derivative; the point is changed for the time of the call.</summary>
    internal static double Slope(FunctionObjective.Value function, double[] point, int i)
    {
        var x = point[i];
        var h = Step * Math.Max(1, Math.Abs(x));

        // The distance of the two points as they are rounded.
        var (right, left) = (x + h, x - h);
        point[i] = right;
        var high = function(point);
        point[i] = left;
        var low = function(point);
        point[i] = x;
        return (high - low) / (right - left);
    }
}
