using static System.FormattableString;

namespace OptModels;

/// <summary>
/// Linear least squares: f(x) = (1/2n)‖Ax − y‖², gradient (1/n)Aᵀ(Ax − y), with A of shape [n, d], y of length n, x of
/// length d. Term i is ½(aᵢᵀx − yᵢ)².
/// </summary>
/// <remarks>
/// The factor is 1/2n: half the mean square, not the sum of squares. No intercept: append a column of ones.
/// <see cref="Smoothness"/> and <see cref="Convexity"/> are the extreme eigenvalues of AᵀA/n, exact to rounding up to
/// 64 columns; beyond that the bounds ‖A‖²_F/n and 0. An array in row-major form is kept, not copied, and must not
/// change afterwards; <c>OfSingles</c> halves the memory traffic, its sums are doubles all the same.
/// </remarks>
/// <example><code>
/// var line = new LeastSquares(new double[,] { { 1, 0 }, { 1, 1 }, { 1, 2 } }, [1, 3, 5]);   // f* = 0 at (1, 2)
/// </code></example>
public sealed class LeastSquares : IFiniteSum
{
    private readonly FeatureMatrix matrix;
    private readonly double[] targets;
    private readonly Lazy<(double Least, double Largest)> spectrum;

    /// <summary>The problem of a matrix and its targets; both are copied.</summary>
    /// <param name="matrix">A, of shape [n, d] with n, d ≥ 1, finite.</param>
    /// <param name="targets">y, of length n, finite.</param>
    /// <exception cref="ArgumentException">A length does not fit, or an element is not finite.</exception>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public LeastSquares(double[,] matrix, double[] targets)
        : this(FeatureMatrix.Of(Require.NotNull(matrix), nameof(matrix)), targets)
    {
    }

    private LeastSquares(FeatureMatrix matrix, double[] targets)
    {
        Lengths.Check(Require.NotNull(targets).Length, matrix.Rows, nameof(targets));
        Array.ForEach(targets, value => Require.Finite(value, nameof(targets)));
        this.matrix = matrix;
        this.targets = [.. targets];
        spectrum = new(() => GramSpectrum.Bounds(matrix));
    }

    /// <inheritdoc/>
    public int Dimension => matrix.Columns;

    /// <inheritdoc/>
    public int Count => matrix.Rows;

    /// <inheritdoc/>
    public string Name => "least squares";

    /// <summary>The largest eigenvalue of AᵀA/n, or an upper bound of it (see the remarks).</summary>
    public double? Smoothness => spectrum.Value.Largest;

    /// <summary>The smallest eigenvalue of AᵀA/n, or a lower bound of it (see the remarks).</summary>
    public double? Convexity => spectrum.Value.Least;

    /// <summary>The problem of a matrix in row-major form.</summary>
    /// <param name="rows">A row by row, of length n·d, finite; kept, not copied.</param>
    /// <param name="targets">y, of length n ≥ 1, finite.</param>
    /// <returns>The objective.</returns>
    /// <exception cref="ArgumentException">A length does not fit, or an element is not finite.</exception>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static LeastSquares OfRows(double[] rows, double[] targets) =>
        new(new FeatureMatrix(Require.NotNull(rows), Require.NotNull(targets).Length, nameof(rows)), targets);

    /// <summary>The problem of a matrix of floats in row-major form.</summary>
    /// <inheritdoc cref="OfRows"/>
    public static LeastSquares OfSingles(float[] rows, double[] targets) =>
        new(new FeatureMatrix(Require.NotNull(rows), Require.NotNull(targets).Length, nameof(rows)), targets);

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient) =>
        Evaluate(matrix.All, parameters, gradient);

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<int> samples, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        Lengths.CheckPoint(parameters, gradient, Dimension);
        Lengths.CheckSamples(samples, Count);
        return matrix.Mean(new HalfSquare(targets), samples, parameters, gradient);
    }

    /// <summary>The name and the shape.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => Invariant($"{Name} of {Dimension} parameters, {Count} samples");

    private readonly struct HalfSquare(double[] targets) : IScoreLoss
    {
        public int Outputs => 1;

        public double Evaluate(int sample, Span<double> scores)
        {
            var residual = scores[0] - targets[sample];
            scores[0] = residual;
            return residual * residual / 2;
        }
    }
}
