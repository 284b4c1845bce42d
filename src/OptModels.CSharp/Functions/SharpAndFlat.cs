using static System.FormattableString;

namespace OptModels;

/// <summary>
/// Two minima of the same value, one sharp and one flat: f(x, y) = ¼(u² − 1)² + ½y² with u = c(1 − e^{−x}), c = (√r +
/// 1)/(√r − 1) for a ratio r of their curvatures. Noise in the gradient drives iterates out of the sharp one.
/// </summary>
/// <remarks>
/// f* = 0 at the flat minimum (ln(c/(c − 1)), 0), where ∂²f/∂x² = 2(c − 1)², and at the sharp one (−ln((c + 1)/c), 0),
/// where it is 2(c + 1)² = r · 2(c − 1)²; between them a saddle of value ¼ at the origin. Not convex, the gradient not
/// Lipschitz (it grows as e^{−4x} to the left).
/// </remarks>
/// <example><code>
/// var wells = new SharpAndFlat();   // r = 25: curvatures 12.5 at −0.511 and 0.5 at 1.099
/// </code></example>
public sealed class SharpAndFlat : IObjective
{
    private readonly double scale;

    /// <summary>The function with a given ratio of curvatures.</summary>
    /// <param name="ratio">The sharp minimum's curvature divided by the flat one's, &gt; 1, finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">The ratio is not above 1 and finite.</exception>
    public SharpAndFlat(double ratio = 25)
    {
        Ratio = ratio > 1 && double.IsFinite(ratio) ? ratio : throw Require.Outside(nameof(ratio), ratio, "1 < value, finite");
        scale = (Math.Sqrt(ratio) + 1) / (Math.Sqrt(ratio) - 1);
        Flat = Array.AsReadOnly([Math.Log(scale / (scale - 1)), 0.0]);
        Sharp = Array.AsReadOnly([-Math.Log((scale + 1) / scale), 0.0]);
    }

    /// <summary>The ratio r of the curvatures.</summary>
    public double Ratio { get; }

    /// <summary>The flat minimiser.</summary>
    public IReadOnlyList<double> Flat { get; }

    /// <summary>The sharp minimiser.</summary>
    public IReadOnlyList<double> Sharp { get; }

    /// <summary>The curvature ∂²f/∂x² at the flat minimum, 2(c − 1)².</summary>
    public double FlatCurvature => 2 * (scale - 1) * (scale - 1);

    /// <summary>The curvature ∂²f/∂x² at the sharp minimum, 2(c + 1)².</summary>
    public double SharpCurvature => 2 * (scale + 1) * (scale + 1);

    /// <summary>2.</summary>
    public int Dimension => 2;

    /// <inheritdoc/>
    public string Name => "sharp and flat";

    /// <summary>0.</summary>
    public double? Minimum => 0;

    /// <summary>The flat minimiser.</summary>
    public IReadOnlyList<double>? Minimizer => Flat;

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        Lengths.CheckPoint(parameters, gradient, Dimension);
        var (x, y) = (parameters[0], parameters[1]);
        var decay = scale * Math.Exp(-x);
        var u = scale - decay;
        var well = (u * u) - 1;
        (gradient[0], gradient[1]) = (u * well * decay, y);
        return (0.25 * well * well) + (0.5 * y * y);
    }

    /// <summary>The name and the ratio.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => Invariant($"{Name} of 2 parameters, ratio {Ratio}");
}
