namespace OptModels;

/// <summary>
/// Beale's function of two variables: f(x, y) = (1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)². Flat in the
/// middle, steep at the corners of the usual square |x|, |y| ≤ 4.5.
/// </summary>
/// <remarks>
/// f* = 0 at (3, ½). Not convex, the gradient not Lipschitz. Infinite and NaN points give NaN or infinite values.
/// <para>Source: Beale, On an iterative method for finding a local minimum of a function of more than one variable,
/// 1958.</para>
/// </remarks>
/// <example><code>
/// var value = new Beale().Evaluate([3, 0.5], gradient);   // 0, gradient [0, 0]
/// </code></example>
public sealed class Beale : IObjective
{
    private static readonly double[] Targets = [1.5, 2.25, 2.625];

    /// <summary>2.</summary>
    public int Dimension => 2;

    /// <inheritdoc/>
    public string Name => "Beale";

    /// <summary>0.</summary>
    public double? Minimum => 0;

    /// <summary>(3, ½).</summary>
    public IReadOnlyList<double>? Minimizer { get; } = Array.AsReadOnly([3.0, 0.5]);

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        Lengths.CheckPoint(parameters, gradient, Dimension);
        var (x, y) = (parameters[0], parameters[1]);
        var (value, alongX, alongY, power) = (0.0, 0.0, 0.0, 1.0);
        for (var k = 0; k < Targets.Length; k++)
        {
            var slope = (k + 1) * power;
            power *= y;
            var residual = Targets[k] + (x * (power - 1));
            value += residual * residual;
            alongX += 2 * residual * (power - 1);
            alongY += 2 * residual * x * slope;
        }

        (gradient[0], gradient[1]) = (alongX, alongY);
        return value;
    }

    /// <summary>The name.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => "Beale of 2 parameters";
}
