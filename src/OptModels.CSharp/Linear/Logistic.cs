using static System.FormattableString;

namespace OptModels;

/// <summary>
/// Logistic regression of two classes: f(w) = (1/n) Σ log(1 + exp(−bᵢ aᵢᵀw)) + (λ/2)‖w‖², with samples aᵢ of length d
/// and labels bᵢ = ±1.
/// </summary>
/// <remarks>
/// Labels are given as −1 and 1, or as 0 and 1 (0 becomes −1), not mixed. No intercept: append a column of ones. The L2
/// term counts whole in every mini-batch. Values are exact to rounding for any margin: log(1 + e^−t) is never computed
/// by an exponential that overflows. <see cref="Smoothness"/> is λ_max(AᵀA)/4n + λ, exact eigenvalue up to 64 columns,
/// ‖A‖²_F/4n + λ beyond (an upper bound); <see cref="Convexity"/> is λ. An array in row-major form is kept, not copied,
/// and must not change afterwards.
/// <para>Differs: scikit-learn's <c>LogisticRegression</c> minimises the sum with a factor C, here the mean with λ =
/// 1/(nC).</para>
/// </remarks>
/// <example><code>
/// var two = new Logistic(new double[,] { { 1, 2 }, { 1, -1 } }, [1, -1], l2: 0.01);
/// </code></example>
public sealed class Logistic : IFiniteSum
{
    private readonly FeatureMatrix matrix;
    private readonly double[] signs;
    private readonly Lazy<(double Least, double Largest)> spectrum;

    /// <summary>The problem of a matrix of samples and their labels; both are copied.</summary>
    /// <param name="samples">The samples aᵢ as rows, of shape [n, d] with n, d ≥ 1, finite.</param>
    /// <param name="labels">The labels, of length n, all of −1, 1 or all of 0, 1.</param>
    /// <param name="l2">λ ≥ 0, finite.</param>
    /// <exception cref="ArgumentException">A length does not fit, a sample is not finite, λ is out of range, or a label
    /// is none of the allowed ones.</exception>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public Logistic(double[,] samples, double[] labels, double l2 = 0)
        : this(FeatureMatrix.Of(Require.NotNull(samples), nameof(samples)), labels, l2)
    {
    }

    private Logistic(FeatureMatrix matrix, double[] labels, double l2)
    {
        Lengths.Check(Require.NotNull(labels).Length, matrix.Rows, nameof(labels));
        var negative = labels.Contains(0) ? 0 : -1;
        this.matrix = matrix;
        L2 = Require.NonNegative(l2, nameof(l2));
        signs = Array.ConvertAll(labels, label =>
            label == 1 ? 1.0
            : label == negative ? -1.0
            : throw Require.Outside(nameof(labels), label, "all of −1, 1 or all of 0, 1"));
        spectrum = new(() => GramSpectrum.Bounds(matrix));
    }

    /// <inheritdoc/>
    public int Dimension => matrix.Columns;

    /// <inheritdoc/>
    public int Count => matrix.Rows;

    /// <inheritdoc/>
    public string Name => "logistic";

    /// <summary>The factor λ of the L2 term.</summary>
    public double L2 { get; }

    /// <summary>An upper bound of the smoothness (see the remarks).</summary>
    public double? Smoothness => (spectrum.Value.Largest / 4) + L2;

    /// <summary>λ, a lower bound of the convexity.</summary>
    public double? Convexity => L2;

    /// <summary>The problem of samples in row-major form.</summary>
    /// <param name="rows">The samples one after the other, of length n·d, finite; kept, not copied.</param>
    /// <param name="labels">The labels, of length n ≥ 1, all of −1, 1 or all of 0, 1.</param>
    /// <param name="l2">λ ≥ 0, finite.</param>
    /// <returns>The objective.</returns>
    /// <exception cref="ArgumentException">A length does not fit, a sample is not finite, λ is out of range, or a label
    /// is none of the allowed ones.</exception>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static Logistic OfRows(double[] rows, double[] labels, double l2 = 0) =>
        new(new FeatureMatrix(Require.NotNull(rows), Require.NotNull(labels).Length, nameof(rows)), labels, l2);

    /// <summary>
    /// The problem of samples of floats in row-major form: half the memory traffic, all sums in double.
    /// </summary>
    /// <inheritdoc cref="OfRows"/>
    public static Logistic OfSingles(float[] rows, double[] labels, double l2 = 0) =>
        new(new FeatureMatrix(Require.NotNull(rows), Require.NotNull(labels).Length, nameof(rows)), labels, l2);

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient) =>
        Evaluate(matrix.All, parameters, gradient);

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<int> samples, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        Lengths.CheckPoint(parameters, gradient, Dimension);
        Lengths.CheckSamples(samples, Count);
        var mean = matrix.Mean(new Margin(signs), samples, parameters, gradient);
        if (L2 == 0)
        {
            return mean;
        }

        var square = 0.0;
        for (var i = 0; i < parameters.Length; i++)
        {
            square += parameters[i] * parameters[i];
            gradient[i] += L2 * parameters[i];
        }

        return mean + (L2 / 2 * square);
    }

    /// <summary>The name, the shape and λ.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => Invariant($"{Name} of {Dimension} parameters, {Count} samples, l2 = {L2}");

    private readonly struct Margin(double[] signs) : IScoreLoss
    {
        public int Outputs => 1;

        public double Evaluate(int sample, Span<double> scores)
        {
            var sign = signs[sample];
            var margin = sign * scores[0];
            var small = Math.Exp(-Math.Abs(margin));
            scores[0] = -sign * ((margin >= 0 ? small : 1) / (1 + small));
            return Math.Max(-margin, 0) + Logarithm.OnePlus(small);
        }
    }
}
