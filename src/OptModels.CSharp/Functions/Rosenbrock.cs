using static System.FormattableString;

namespace OptModels;

/// <summary>
/// Rosenbrock's valley in any dimension d ≥ 2: f(x) = Σ b(x_{i+1} − x_i²)² + (a − x_i)², i = 0 … d − 2. A curved, flat
/// valley; for d ≥ 4 also a second local minimum near (−1, 1, …, 1).
/// </summary>
/// <remarks>
/// Not convex, the gradient not Lipschitz. f* = 0 at (a, a²) for d = 2, and at (a, …, a) where a is 0 or 1 for every d;
/// for other a and d &gt; 2 the minimum is not known. Infinite and NaN points give NaN or infinite values.
/// <para>Source: Rosenbrock, An automatic method for finding the greatest or least value of a function, 1960; the
/// coupled form of De Jong, 1975.</para>
/// </remarks>
/// <example><code>
/// var value = new Rosenbrock().Evaluate([-1.2, 1.0], gradient);   // 24.2
/// </code></example>
public sealed class Rosenbrock : IObjective
{
    /// <summary>The function in <paramref name="dimension"/> variables.</summary>
    /// <param name="dimension">The number of variables, ≥ 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is smaller than 2.</exception>
    public Rosenbrock(int dimension = 2) => Dimension = Require.Count(dimension, nameof(dimension), 2);

    /// <summary>The place a of the minimum along the valley; 1 unless set. Finite.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite.</exception>
    public double A
    {
        get;
        init => field = Require.Finite(value, nameof(A));
    } = 1;

    /// <summary>The steepness b of the valley's walls; 100 unless set. Positive, finite.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive and finite.</exception>
    public double B
    {
        get;
        init => field = Require.Positive(value, nameof(B));
    } = 100;

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <inheritdoc/>
    public string Name => "Rosenbrock";

    /// <inheritdoc/>
    public double? Minimum => Minimizer is null ? null : 0;

    /// <inheritdoc/>
    public IReadOnlyList<double>? Minimizer =>
        Dimension == 2 ? Array.AsReadOnly([A, A * A])
        : A is 0 or 1 ? Array.AsReadOnly(Enumerable.Repeat(A, Dimension).ToArray())
        : null;

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        Lengths.CheckPoint(parameters, gradient, Dimension);
        var value = 0.0;
        gradient[0] = 0;
        for (var i = 0; i + 1 < parameters.Length; i++)
        {
            var wall = parameters[i + 1] - (parameters[i] * parameters[i]);
            var along = A - parameters[i];
            value += (B * wall * wall) + (along * along);
            gradient[i] -= (4 * B * wall * parameters[i]) + (2 * along);
            gradient[i + 1] = 2 * B * wall;
        }

        return value;
    }

    /// <summary>The name, the dimension and the two parameters.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => Invariant($"{Name} of {Dimension} parameters, a = {A}, b = {B}");
}
