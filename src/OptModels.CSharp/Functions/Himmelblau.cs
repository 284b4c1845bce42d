namespace OptModels;

/// <summary>
/// Himmelblau's function of two variables: f(x, y) = (x² + y − 11)² + (x + y² − 7)². Four minima of the same value, a
/// maximum between them.
/// </summary>
/// <remarks>
/// f* = 0 at the four <see cref="Minimizers"/>: (3, 2) exactly, the others to the last bit of a double, where f is
/// below 1e-28. Not convex, the gradient not Lipschitz. Infinite and NaN points give NaN or infinite values.
/// <para>Source: Himmelblau, Applied Nonlinear Programming, 1972.</para>
/// </remarks>
/// <example><code>
/// var value = new Himmelblau().Evaluate([3, 2], gradient);   // 0, gradient [0, 0]
/// </code></example>
public sealed class Himmelblau : IObjective
{
    /// <summary>2.</summary>
    public int Dimension => 2;

    /// <inheritdoc/>
    public string Name => "Himmelblau";

    /// <summary>0.</summary>
    public double? Minimum => 0;

    /// <summary>(3, 2), the first of the <see cref="Minimizers"/>.</summary>
    public IReadOnlyList<double>? Minimizer => Minimizers[0];

    /// <summary>All four minimisers, one in each quadrant.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Minimizers { get; } =
    [
        Array.AsReadOnly([3.0, 2.0]),
        Array.AsReadOnly([-2.805118086952745, 3.131312518250573]),
        Array.AsReadOnly([-3.779310253377747, -3.283185991286170]),
        Array.AsReadOnly([3.584428340330492, -1.848126526964404]),
    ];

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        Lengths.CheckPoint(parameters, gradient, Dimension);
        var (x, y) = (parameters[0], parameters[1]);
        var first = (x * x) + y - 11;
        var second = x + (y * y) - 7;
        gradient[0] = (4 * x * first) + (2 * second);
        gradient[1] = (2 * first) + (4 * y * second);
        return (first * first) + (second * second);
    }

    /// <summary>The name.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => "Himmelblau of 2 parameters";
}
