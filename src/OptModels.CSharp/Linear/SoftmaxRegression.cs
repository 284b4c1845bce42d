using System.Diagnostics;
using OptCore.Kernels;
using static System.FormattableString;

namespace OptModels;

/// <summary>
/// Softmax regression of K classes: scores z = Wx + c, f = mean cross-entropy (1/n) Σ (log Σ_k e^{z_k} − z_label), with
/// W of shape [K, d] and c of length K in one flat vector: W row by row, then c (<see cref="Tensors"/>).
/// </summary>
/// <remarks>
/// Values are safe for any scores: the largest is subtracted before exponentials are taken, and a confident right
/// answer keeps its relative accuracy. Features are floats by default, half the traffic of doubles and enough for
/// pixels; weights, sums and gradients are doubles. The feature array is kept, not copied, and must not change
/// afterwards. Convex, not strongly; L ≤ ½ mean(‖x‖² + 1) by Böhning's bound. A test set is a second instance:
/// <c>test.Accuracy(parameters)</c>.
/// <para>Source: Böhning, Multinomial logistic regression algorithm, 1992 (the bound).</para>
/// </remarks>
/// <example><code>
/// var digits = new SoftmaxRegression(Mnist.LoadOrGenerate().Train);
/// var loss = digits.Evaluate(new double[digits.Dimension], gradient);   // log 10 at zero weights
/// </code></example>
public sealed class SoftmaxRegression : IFiniteSum
{
    private readonly FeatureMatrix matrix;
    private readonly int[] labels;
    private readonly Lazy<double> smoothness;

    /// <summary>The problem of samples of floats in row-major form.</summary>
    /// <param name="features">The samples one after the other, of length n·d, finite; kept, not copied.</param>
    /// <param name="labels">The class of each sample, of length n ≥ 1, each in 0 … K − 1.</param>
    /// <param name="classes">The number K of classes, ≥ 2.</param>
    /// <exception cref="ArgumentException">A length does not fit, a feature is not finite, or a label or K is out of
    /// range.</exception>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public SoftmaxRegression(float[] features, int[] labels, int classes)
        : this(
            new FeatureMatrix(Require.NotNull(features), Require.NotNull(labels).Length, nameof(features)),
            labels,
            classes)
    {
    }

    /// <summary>The problem of a set of labelled images: d pixels, K classes.</summary>
    /// <param name="images">The images, at least one.</param>
    /// <exception cref="ArgumentException">There is no image, or only one class.</exception>
    /// <exception cref="ArgumentNullException">The set is null.</exception>
    public SoftmaxRegression(ImageSet images)
        : this(Require.NotNull(images).Pixels, images.Labels, images.Classes)
    {
    }

    private SoftmaxRegression(FeatureMatrix matrix, int[] labels, int classes)
    {
        Classes = Require.Count(classes, nameof(classes), 2);
        this.matrix = matrix;
        this.labels = [.. labels];
        Array.ForEach(this.labels, label => Require.Between(label, 0, classes - 1, nameof(labels)));
        smoothness = new(() => (GramSpectrum.Trace(matrix) + 1) / 2);
        Tensors = Array.AsReadOnly<(string, int[])>([("weights", [Classes, Features]), ("bias", [Classes])]);
    }

    /// <summary>The number K of classes.</summary>
    public int Classes { get; }

    /// <summary>The number d of features of a sample.</summary>
    public int Features => matrix.Columns;

    /// <summary>The tensors inside the parameter vector, in order: <c>weights</c> [K, d] and <c>bias</c> [K].</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public IReadOnlyList<(string Name, int[] Shape)> Tensors { get; }

    /// <summary>K·d + K.</summary>
    public int Dimension => Classes * (Features + 1);

    /// <inheritdoc/>
    public int Count => matrix.Rows;

    /// <inheritdoc/>
    public string Name => "softmax regression";

    /// <summary>½ mean(‖x‖² + 1), an upper bound of the smoothness.</summary>
    public double? Smoothness => smoothness.Value;

    /// <summary>0: convex.</summary>
    public double? Convexity => 0;

    /// <summary>The problem of samples of doubles in row-major form.</summary>
    /// <inheritdoc cref="SoftmaxRegression(float[], int[], int)"/>
    /// <returns>The objective.</returns>
    public static SoftmaxRegression OfDoubles(double[] features, int[] labels, int classes) =>
        new(
            new FeatureMatrix(Require.NotNull(features), Require.NotNull(labels).Length, nameof(features)),
            labels,
            classes);

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient) =>
        Evaluate(matrix.All, parameters, gradient);

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<int> samples, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        Lengths.CheckPoint(parameters, gradient, Dimension);
        Lengths.CheckSamples(samples, Count);
        return matrix.Mean(new CrossEntropy(labels, Classes), samples, parameters, gradient);
    }

    /// <summary>
    /// The predicted class of every sample: the one with the largest score, the first of equal ones, the first NaN
    /// where there is one.
    /// </summary>
    /// <param name="parameters">The point, of length <see cref="Dimension"/>.</param>
    /// <returns>The classes, of length <see cref="Count"/>.</returns>
    /// <exception cref="ArgumentException">The length is wrong.</exception>
    public int[] Predict(ReadOnlySpan<double> parameters)
    {
        Lengths.Check(parameters.Length, Dimension, nameof(parameters));
        var predicted = new int[Count];
        matrix.Mean(new LargestScore(predicted, Classes), matrix.All, parameters, []);
        return predicted;
    }

    /// <inheritdoc cref="Predict(ReadOnlySpan{double})"/>
    public int[] Predict(ReadOnlySpan<float> parameters)
    {
        var wide = new double[parameters.Length];
        WideVectors.Widen(parameters, wide);
        return Predict(wide);
    }

    /// <summary>The predicted class of one sample that need not be in the set.</summary>
    /// <param name="parameters">The point, of length <see cref="Dimension"/>.</param>
    /// <param name="features">The sample, of length <see cref="Features"/>, finite.</param>
    /// <returns>The class.</returns>
    /// <exception cref="ArgumentException">A length is wrong, or a feature is not finite.</exception>
    public int PredictOne(ReadOnlySpan<double> parameters, ReadOnlySpan<float> features)
    {
        Lengths.Check(features.Length, Features, nameof(features));
        return new SoftmaxRegression(features.ToArray(), [0], Classes).Predict(parameters)[0];
    }

    /// <summary>The fraction of samples whose predicted class is their label, in [0, 1].</summary>
    /// <param name="parameters">The point, of length <see cref="Dimension"/>.</param>
    /// <returns>The accuracy.</returns>
    /// <exception cref="ArgumentException">The length is wrong.</exception>
    public double Accuracy(ReadOnlySpan<double> parameters) => Right(Predict(parameters));

    /// <inheritdoc cref="Accuracy(ReadOnlySpan{double})"/>
    public double Accuracy(ReadOnlySpan<float> parameters) => Right(Predict(parameters));

    /// <summary>The name, the shapes and the number of samples.</summary>
    /// <returns>One line.</returns>
    public override string ToString() =>
        Invariant($"{Name} of {Dimension} parameters, {Features} features, {Classes} classes, {Count} samples");

    private double Right(int[] predicted) => predicted.Zip(labels).Count(pair => pair.First == pair.Second) / (double)Count;

    private readonly struct LargestScore(int[] predicted, int classes) : IScoreLoss
    {
        public int Outputs => classes;

        public double Evaluate(int sample, Span<double> scores) => predicted[sample] = CrossEntropy.Largest<double>(scores);
    }
}
