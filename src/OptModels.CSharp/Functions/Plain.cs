using static System.FormattableString;

namespace OptModels;

/// <summary>
/// A bowl in a plain that gets flatter and flatter: f(x) = Σ xᵢ² / (1 + xᵢ²). Far from 0 the gradient is 2/xᵢ³, so that
/// gradient descent hardly moves, and rules that divide by the gradient's size do.
/// </summary>
/// <remarks>
/// f* = 0 at 0; 0 ≤ f &lt; d. L = 2, exact (at 0). Not convex beyond |xᵢ| = 1/√3. At ±∞ a term is NaN.
/// <para>Source: Geman and McClure, Statistical methods for tomographic image reconstruction, 1987 (as a loss).</para>
/// </remarks>
/// <example><code>
/// var value = new Plain(2).Evaluate([0, 10], gradient);   // 0.990, gradient [0, 0.00196]
/// </code></example>
public sealed class Plain : IObjective
{
    /// <summary>The function in <paramref name="dimension"/> variables.</summary>
    /// <param name="dimension">The number of variables, ≥ 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is smaller than 1.</exception>
    public Plain(int dimension = 1) => Dimension = Require.Count(dimension, nameof(dimension));

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <inheritdoc/>
    public string Name => "plain";

    /// <summary>0.</summary>
    public double? Minimum => 0;

    /// <summary>0.</summary>
    public IReadOnlyList<double>? Minimizer => Array.AsReadOnly(new double[Dimension]);

    /// <summary>2, exact.</summary>
    public double? Smoothness => 2;

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        Lengths.CheckPoint(parameters, gradient, Dimension);
        var value = 0.0;
        for (var i = 0; i < parameters.Length; i++)
        {
            var x = parameters[i];
            var rest = 1 / (1 + (x * x));
            value += x * x * rest;
            gradient[i] = 2 * x * rest * rest;
        }

        return value;
    }

    /// <summary>The name and the dimension.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => Invariant($"{Name} of {Dimension} parameters");
}
