using System.Diagnostics;
using System.Numerics;
using OptCore.Kernels;
using OptModels.Networks;
using static System.FormattableString;

namespace OptModels;

/// <summary>
/// The mean softmax cross-entropy of a network over labelled samples, f(p) = (1/n) Σ (log Σ_k e^{z_k} − z_label) with z the
/// outputs of the last layer at the weights p. Gradients by hand-written backward passes, one sweep each way.
/// </summary>
/// <remarks>
/// Samples are floats; weights, sums and gradients are of the type of the point: doubles, or floats, of which vectors hold twice as
/// many. The loss of a sample is computed from its scores in double for both. Matrix products use the vectors of the machine and
/// several threads; sums have one fixed order, so that the bits depend neither on the number of threads nor on the vector width
/// (on hardware with fused multiply-add). May be evaluated from several threads at once. Nothing is known about minimum
/// or smoothness. A test set is a second instance: <c>network.On(test).Accuracy(point)</c>.
/// </remarks>
/// <example><code>
/// var loss = Network.Of(2).Dense(8).Tanh().Dense(2).On([0, 0, 0, 1, 1, 0, 1, 1], [0, 1, 1, 0]);
/// </code></example>
public sealed class NetworkLoss : IFiniteSum<float>
{
    // About how many numbers the activations of a block take: more would leave the cache.
    private const int BlockElements = 1 << 19;
    private const int LargestBlock = 256;

    private readonly float[] _samples;
    private readonly int[] _labels;
    private readonly int[] _all;
    private readonly int _largestBlock;
    private object? _spare;

    internal NetworkLoss(Network network, float[] samples, int[] labels, int threads)
    {
        Network = network;
        Threads = Require.Count(threads, nameof(threads));
        _samples = Require.NotNull(samples);
        _labels = [.. Require.NotNull(labels)];
        if (network.Dimension == 0)
        {
            throw new ArgumentException($"The network {network} has no parameters; add a layer that has.", nameof(network));
        }

        Require.Count(labels.Length, "the number of labels");
        if (samples.LongLength != (long)labels.Length * network.Inputs)
        {
            throw new ArgumentException(
                Invariant($"samples has length {samples.Length}; expected {(long)labels.Length * network.Inputs}: ")
                    + Invariant($"{labels.Length} labels × {network.Inputs} inputs."),
                nameof(samples));
        }

        Array.ForEach(_labels, label => Require.Between(label, 0, network.Outputs - 1, nameof(labels)));
        var wrong = Array.FindIndex(samples, value => !float.IsFinite(value));
        if (wrong >= 0)
        {
            throw new ArgumentException(Invariant($"samples[{wrong}] = {samples[wrong]}; expected finite numbers."), nameof(samples));
        }

        _all = [.. Enumerable.Range(0, labels.Length)];
        var width = network.Inputs + network.Layers.Sum(layer => (long)layer.Output.Length);
        _largestBlock = (int)Math.Clamp(BlockElements / width / Layer.GroupSize * Layer.GroupSize, Layer.GroupSize, LargestBlock);
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>The tensors of the weights inside the parameter vector.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public Layout Layout => Network.Layout;

    /// <summary>The largest number of threads; changes no bit of a result.</summary>
    public int Threads { get; }

    /// <inheritdoc/>
    public int Dimension => Network.Dimension;

    /// <inheritdoc/>
    public int Count => _labels.Length;

    /// <inheritdoc/>
    public string Name => "network";

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient) => Evaluate(_all, parameters, gradient);

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<float> parameters, Span<float> gradient) => Evaluate(_all, parameters, gradient);

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<int> samples, ReadOnlySpan<double> parameters, Span<double> gradient) =>
        Mean(samples, parameters, gradient);

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<int> samples, ReadOnlySpan<float> parameters, Span<float> gradient) =>
        Mean(samples, parameters, gradient);

    /// <summary>The outputs of the last layer for every sample: scores z, of which the largest is the prediction.</summary>
    /// <param name="parameters">The point, of length <see cref="Dimension"/>.</param>
    /// <returns>Shape [n, K], row by row.</returns>
    /// <exception cref="ArgumentException">The length is wrong.</exception>
    public double[] Scores(ReadOnlySpan<double> parameters) => ScoresAt(parameters);

    /// <inheritdoc cref="Scores(ReadOnlySpan{double})"/>
    public float[] Scores(ReadOnlySpan<float> parameters) => ScoresAt(parameters);

    /// <summary>
    /// The predicted class of every sample: the one with the largest score, the first of equal ones, the first NaN where
    /// there is one.
    /// </summary>
    /// <param name="parameters">The point, of length <see cref="Dimension"/>.</param>
    /// <returns>The classes, of length <see cref="Count"/>.</returns>
    /// <exception cref="ArgumentException">The length is wrong.</exception>
    public int[] Predict(ReadOnlySpan<double> parameters) => PredictAt(parameters);

    /// <inheritdoc cref="Predict(ReadOnlySpan{double})"/>
    public int[] Predict(ReadOnlySpan<float> parameters) => PredictAt(parameters);

    /// <summary>The fraction of samples whose predicted class is their label, in [0, 1].</summary>
    /// <param name="parameters">The point, of length <see cref="Dimension"/>.</param>
    /// <returns>The accuracy.</returns>
    /// <exception cref="ArgumentException">The length is wrong.</exception>
    public double Accuracy(ReadOnlySpan<double> parameters) => AccuracyAt(parameters);

    /// <inheritdoc cref="Accuracy(ReadOnlySpan{double})"/>
    public double Accuracy(ReadOnlySpan<float> parameters) => AccuracyAt(parameters);

    /// <summary>The accuracy at a point of any type.</summary>
    /// <inheritdoc cref="Accuracy(ReadOnlySpan{double})"/>
    /// <typeparam name="T">float or double: the type that is computed in.</typeparam>
    public double AccuracyAt<T>(ReadOnlySpan<T> parameters)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        PredictAt(parameters).Zip(_labels).Count(pair => pair.First == pair.Second) / (double)Count;

    /// <summary>The network and the number of samples.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => Invariant($"{Name} {Network}, {Count} samples");

    private T[] ScoresAt<T>(ReadOnlySpan<T> parameters)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Lengths.Check(parameters.Length, Dimension, nameof(parameters));
        var scores = new T[checked(Count * Network.Outputs)];
        var pass = Take<T>(Count);
        pass.Begin(_all);
        MatrixView<T>.Pin(parameters, scores, pass, static (point, result, pass) => pass.Scores(point, result));
        _spare = pass;
        return scores;
    }

    private int[] PredictAt<T>(ReadOnlySpan<T> parameters)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var scores = ScoresAt(parameters);
        var predicted = new int[Count];
        for (var i = 0; i < predicted.Length; i++)
        {
            predicted[i] = CrossEntropy.Largest<T>(scores.AsSpan(i * Network.Outputs, Network.Outputs));
        }

        return predicted;
    }

    private double Mean<T>(ReadOnlySpan<int> samples, ReadOnlySpan<T> parameters, Span<T> gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Lengths.CheckPoint(parameters, gradient, Dimension);
        Lengths.CheckSamples(samples, Count);
        var pass = Take<T>(samples.Length);
        pass.Begin(samples);
        gradient.Clear();
        var value = MatrixView<T>.Pin(parameters, gradient, pass, static (point, result, pass) => pass.Evaluate(point, result));
        _spare = pass;
        return value;
    }

    // The memory of the last evaluation, where it was of this type.
    private NetworkPass<T> Take<T>(int samples)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var block = Math.Min(_largestBlock, samples);
        return Interlocked.Exchange(ref _spare, null) is NetworkPass<T> spare && spare.Block >= block
            ? spare
            : new(Network, _samples, _labels, block, Threads);
    }
}
