using System.Diagnostics;
using static System.FormattableString;

namespace OptModels;

/// <summary>
/// A quadratic of prescribed spectrum: f(x) = ½(x − x*)ᵀ Q diag(λ) Qᵀ (x − x*), gradient Q(λ ⊙ Qᵀ(x − x*)).
/// </summary>
/// <remarks>
/// Evaluated in this factored form, from the difference x − x*: no cancellation, f(x*) = 0 and ∇f(x*) = 0 exactly, and
/// f ≥ 0 wherever λ ≥ 0. Without a seed Q = I, O(d); with one Q is a product of d Householder reflections, O(d²) time
/// and memory. L = max|λᵢ| and, where all λᵢ ≥ 0, m = min λᵢ, f* = 0 and x* are exact; with a negative λᵢ the function
/// has no minimum, and none of the three is reported.
/// <para>Source: Householder, Unitary triangularization of a nonsymmetric matrix, 1958 (the reflections).</para>
/// </remarks>
/// <example><code>
/// var bowl = new Quadratic(Quadratic.LogUniformSpectrum(8, 1, 100), seed: 3);   // L = 100, m = 1, f* = 0 at 0
/// </code></example>
public sealed class Quadratic : IHessianProduct
{
    private readonly double[] spectrum;
    private readonly double[] center;
    private readonly Householder? basis;

    /// <summary>The quadratic of a spectrum, a minimiser and a basis.</summary>
    /// <param name="spectrum">The eigenvalues λ, at least one, all finite.</param>
    /// <param name="minimizer">The centre x*, of the spectrum's length; 0 unless given.</param>
    /// <param name="seed">The seed of Q; without one Q = I, and coordinate i has curvature λᵢ.</param>
    /// <exception cref="ArgumentException">The spectrum is empty, or the minimiser's length differs from the
    /// spectrum's.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An element is not finite.</exception>
    /// <exception cref="ArgumentNullException">The spectrum is null.</exception>
    public Quadratic(double[] spectrum, double[]? minimizer = null, long? seed = null)
    {
        this.spectrum = [.. Require.NotNull(spectrum)];
        center = minimizer is null ? new double[spectrum.Length] : [.. minimizer];
        if (spectrum.Length == 0)
        {
            throw new ArgumentException("spectrum has length 0; expected at least 1.", nameof(spectrum));
        }

        Lengths.Check(center.Length, spectrum.Length, nameof(minimizer));
        Array.ForEach(this.spectrum, value => Require.Finite(value, nameof(spectrum)));
        Array.ForEach(center, value => Require.Finite(value, nameof(minimizer)));
        Smoothness = spectrum.Max(Math.Abs);
        Convexity = spectrum.Min() is >= 0 and var least ? least : null;
        basis = seed is { } given ? new Householder(spectrum.Length, given) : null;
    }

    /// <inheritdoc/>
    public int Dimension => spectrum.Length;

    /// <inheritdoc/>
    public string Name => "quadratic";

    /// <summary>The eigenvalues λ, in the order given.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public IReadOnlyList<double> Spectrum => Array.AsReadOnly(spectrum);

    /// <summary>0, or null where an eigenvalue is negative.</summary>
    public double? Minimum => Convexity is null ? null : 0;

    /// <summary>x*, or null where an eigenvalue is negative.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public IReadOnlyList<double>? Minimizer => Convexity is null ? null : Array.AsReadOnly(center);

    /// <summary>L = max|λᵢ|, exact.</summary>
    public double? Smoothness { get; }

    /// <summary>m = min λᵢ, exact; null where an eigenvalue is negative.</summary>
    public double? Convexity { get; }

    /// <summary>A spectrum that is uniform in log λ, from m (first) to L (last), both ends exact.</summary>
    /// <param name="dimension">The number d of eigenvalues, ≥ 1.</param>
    /// <param name="convexity">m, positive and finite.</param>
    /// <param name="smoothness">L, finite, ≥ m; for d = 1 equal to m.</param>
    /// <param name="seed">Without one λᵢ = m^(1−s) L^s, s = i/(d−1), evenly spaced; with one the inner eigenvalues are
    /// drawn independently, log λ uniform in [log m, log L], and sorted.</param>
    /// <returns>The eigenvalues in ascending order.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    public static double[] LogUniformSpectrum(int dimension, double convexity, double smoothness, long? seed = null)
    {
        Require.Count(dimension, nameof(dimension));
        Require.Positive(convexity, nameof(convexity));
        Require.Positive(smoothness, nameof(smoothness));
        Require.Between(smoothness, convexity, dimension == 1 ? convexity : double.MaxValue, nameof(smoothness));
        var random = new SampleRandom(seed ?? 0);
        var spectrum = new double[dimension];
        for (var i = 0; i < dimension; i++)
        {
            var place = seed is null ? i / Math.Max(1.0, dimension - 1) : random.Uniform();
            var eigenvalue = Math.Pow(convexity, 1 - place) * Math.Pow(smoothness, place);
            spectrum[i] = Math.Clamp(eigenvalue, convexity, smoothness);
        }

        (spectrum[0], spectrum[^1]) = (convexity, smoothness);
        Array.Sort(spectrum);
        return spectrum;
    }

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        Lengths.CheckPoint(parameters, gradient, Dimension);
        for (var i = 0; i < gradient.Length; i++)
        {
            gradient[i] = parameters[i] - center[i];
        }

        basis?.ApplyTransposed(gradient);
        var twice = 0.0;
        for (var i = 0; i < gradient.Length; i++)
        {
            var curved = spectrum[i] * gradient[i];
            twice += curved * gradient[i];
            gradient[i] = curved;
        }

        basis?.Apply(gradient);
        return twice / 2;
    }

    /// <summary>Q diag(λ) Qᵀ v, the same at every step and point.</summary>
    /// <inheritdoc/>
    public void HessianProduct(long step, ReadOnlySpan<double> parameters, ReadOnlySpan<double> vector, Span<double> product)
    {
        Lengths.CheckPoint(parameters, product, Dimension);
        Lengths.Check(vector.Length, Dimension, nameof(vector));
        vector.CopyTo(product);
        basis?.ApplyTransposed(product);
        for (var i = 0; i < product.Length; i++)
        {
            product[i] *= spectrum[i];
        }

        basis?.Apply(product);
    }

    /// <summary>The dimension and the known constants.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => Convexity is { } least
        ? Invariant($"{Name} of {Dimension} parameters, L = {Smoothness}, m = {least}")
        : Invariant($"{Name} of {Dimension} parameters, L = {Smoothness}, not convex");
}
