namespace OptModels;

/// <summary>
/// A saddle between two minima: f(x, y) = ½x² + ¼y⁴ − ½y². On the axis y = 0 gradient descent runs into the saddle at the
/// origin; next to it, it leaves slowly: y grows by the factor 1 + η a step.
/// </summary>
/// <remarks>
/// f* = −¼ at (0, 1) and (0, −1); the Hessian at the saddle is diag(1, −1), at the minima diag(1, 2). Not convex, the
/// gradient not Lipschitz. Infinite and NaN points give NaN or infinite values.
/// <para>Source: Nesterov, Introductory Lectures on Convex Optimization, 2004, example 1.2.2.</para>
/// </remarks>
/// <example><code>
/// var value = new Saddle().Evaluate([0, 1], gradient);   // −0.25, gradient [0, 0]
/// </code></example>
public sealed class Saddle : IObjective
{
    /// <summary>2.</summary>
    public int Dimension => 2;

    /// <inheritdoc/>
    public string Name => "saddle";

    /// <summary>−¼.</summary>
    public double? Minimum => -0.25;

    /// <summary>(0, 1); the other one is (0, −1).</summary>
    public IReadOnlyList<double>? Minimizer { get; } = Array.AsReadOnly([0.0, 1.0]);

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        Lengths.CheckPoint(parameters, gradient, Dimension);
        var (x, y) = (parameters[0], parameters[1]);
        var square = y * y;
        (gradient[0], gradient[1]) = (x, y * (square - 1));
        return (0.5 * x * x) + (0.25 * square * (square - 2));
    }

    /// <summary>The name.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => "saddle of 2 parameters";
}
