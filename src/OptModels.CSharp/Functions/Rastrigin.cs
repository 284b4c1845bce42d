using static System.FormattableString;

namespace OptModels;

/// <summary>
/// A bowl full of local minima: f(x) = Σ xᵢ² + A(1 − cos 2πxᵢ). Near every integer point within about A·2π² there is a local
/// minimum; descent ends in the nearest one, which is what random restarts are for.
/// </summary>
/// <remarks>
/// f* = 0 at 0. L = 2 + 4π²A, exact (at 0). Not convex for A &gt; 1/(2π²). Infinite and NaN points give NaN or infinite
/// values.
/// <para>Source: Rastrigin, Systems of Extremal Control, 1974; A = 10 of Mühlenbein, Schomisch and Born, 1991.</para>
/// </remarks>
/// <example><code>
/// var value = new Rastrigin(2).Evaluate([1, 0], gradient);   // 1
/// </code></example>
public sealed class Rastrigin : IObjective
{
    /// <summary>The function in <paramref name="dimension"/> variables.</summary>
    /// <param name="dimension">The number of variables, ≥ 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is smaller than 1.</exception>
    public Rastrigin(int dimension = 2) => Dimension = Require.Count(dimension, nameof(dimension));

    /// <summary>The height A of the waves; 10 unless set. ≥ 0, finite.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double A
    {
        get;
        init => field = Require.NonNegative(value, nameof(A));
    } = 10;

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <inheritdoc/>
    public string Name => "Rastrigin";

    /// <summary>0.</summary>
    public double? Minimum => 0;

    /// <summary>0.</summary>
    public IReadOnlyList<double>? Minimizer => Array.AsReadOnly(new double[Dimension]);

    /// <summary>2 + 4π²A, exact.</summary>
    public double? Smoothness => 2 + (4 * Math.PI * Math.PI * A);

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        Lengths.CheckPoint(parameters, gradient, Dimension);
        var value = 0.0;
        for (var i = 0; i < parameters.Length; i++)
        {
            var x = parameters[i];

            // 1 − cos 2πx = 2 sin² πx, without its cancellation near 0.
            var (sine, cosine) = (Math.Sin(Math.PI * x), Math.Cos(Math.PI * x));
            value += (x * x) + (2 * A * sine * sine);
            gradient[i] = (2 * x) + (4 * Math.PI * A * sine * cosine);
        }

        return value;
    }

    /// <summary>The name, the dimension and the height of the waves.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => Invariant($"{Name} of {Dimension} parameters, A = {A}");
}
