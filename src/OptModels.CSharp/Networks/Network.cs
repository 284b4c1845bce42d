using System.Diagnostics;
using System.Numerics;
using OptModels.Networks;
using static System.FormattableString;

namespace OptModels;

/// <summary>
/// The architecture of a feed-forward network as a value: the shape of a sample and the layers, without weights. The
/// weights are one flat vector with the named tensors of <see cref="Layout"/>; with data it becomes an objective
/// (<see cref="On(ImageSet, int?)"/>): the mean softmax cross-entropy of the last layer's outputs.
/// </summary>
/// <remarks>
/// Immutable: every method that adds a layer returns a new network. Compared by content. The k-th layer with parameters
/// has the tensors <c>layer{k}.weights</c> and <c>layer{k}.bias</c>, k from 1: dense [units, inputs] and [units],
/// convolution [filters, channels, size, size] and [filters], as in PyTorch. Images are channel by channel, row by row.
/// </remarks>
/// <example><code>
/// var digits = Mnist.LoadOrGenerate();
/// var network = Network.For(digits.Train).Dense(100).Relu().Dense(10);
/// var batches = new MiniBatches(network.On(digits.Train), 64, seed: 1);
/// var result = Minimizer.Minimize(Optimizer.Adam(0.001), batches, network.Start(seed: 1), new() { Steps = 2500 });
/// var accuracy = network.On(digits.Test).Accuracy(result.Point);
/// </code></example>
public sealed class Network : IEquatable<Network>
{
    private readonly Layer[] _layers;

    private Network(Shape input, Layer[] layers)
    {
        (Input, _layers) = (input, layers);
        Layout = LayoutOf(layers);
    }

    /// <summary>The number of values of a sample.</summary>
    public int Inputs => Input.Length;

    /// <summary>The number of values of the last layer: the classes.</summary>
    public int Outputs => Output.Length;

    /// <summary>The tensors of the weights inside the flat vector.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public Layout Layout { get; }

    /// <summary>The number of parameters.</summary>
    public int Dimension => Layout.Length;

    internal Shape Input { get; }

    internal Shape Output => _layers.Length == 0 ? Input : _layers[^1].Output;

    internal IReadOnlyList<Layer> Layers => _layers;

    /// <summary>A network without layers for samples of the given number of values.</summary>
    /// <param name="inputs">The number of values, ≥ 1.</param>
    /// <returns>The network, to which layers are added.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller than 1.</exception>
    public static Network Of(int inputs) => new(new(Require.Count(inputs, nameof(inputs)), 1, 1), []);

    /// <summary>A network without layers for images.</summary>
    /// <param name="channels">The channels: 1 for grey, 3 for colours.</param>
    /// <param name="height">The rows.</param>
    /// <param name="width">The columns.</param>
    /// <returns>The network, to which layers are added.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is smaller than 1, or the image is too large.</exception>
    public static Network Of(int channels, int height, int width)
    {
        Require.Count(channels, nameof(channels));
        Require.Count(height, nameof(height));
        Require.Count(width, nameof(width));
        Require.Between((double)channels * height * width, 1, Array.MaxLength, "channels · height · width");
        return new(new(channels, height, width), []);
    }

    /// <summary>A network without layers for the images of a set.</summary>
    /// <param name="images">The set.</param>
    /// <returns>The network, to which layers are added.</returns>
    /// <exception cref="ArgumentNullException">The set is null.</exception>
    public static Network For(ImageSet images) => Of(Require.NotNull(images).Channels, images.Height, images.Width);

    /// <summary>Adds y = Wx + c over all values of the sample, whatever their shape.</summary>
    /// <param name="units">The number of outputs, ≥ 1.</param>
    /// <param name="initialization">How W starts.</param>
    /// <returns>The longer network.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public Network Dense(int units, Initialization initialization = Initialization.Automatic) =>
        Add(new DenseLayer(Output, Require.Count(units, nameof(units)), Known(initialization)));

    /// <summary>
    /// Adds filters that slide over the image: y[f, i, j] = c[f] + Σ W[f, c, a, b]·x[c, i·stride + a − padding, j·stride
    /// + b − padding], zeros outside.
    /// </summary>
    /// <param name="filters">The number of filters, ≥ 1: the channels of the result.</param>
    /// <param name="size">The height and width of a filter, ≥ 1, at most those of the padded image.</param>
    /// <param name="stride">The distance between neighbouring windows, ≥ 1.</param>
    /// <param name="padding">The zeros around the image, ≥ 0.</param>
    /// <param name="initialization">How W starts.</param>
    /// <returns>The longer network.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public Network Convolution(
        int filters, int size, int stride = 1, int padding = 0, Initialization initialization = Initialization.Automatic) =>
        Add(new ConvolutionLayer(
            Image(size, padding), Require.Count(filters, nameof(filters)), size, stride, padding, Known(initialization)));

    /// <summary>
    /// Adds the maximum over windows of size × size, without overlap; rows and columns that fill no window are left out.
    /// The gradient goes to the first of equal elements.
    /// </summary>
    /// <param name="size">The side of a window, ≥ 1, at most the image's.</param>
    /// <returns>The longer network.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The size is out of range.</exception>
    public Network MaxPool(int size) => Add(new MaxPoolLayer(Image(size), size));

    /// <summary>Adds the mean over windows of size × size, as <see cref="MaxPool"/>.</summary>
    /// <inheritdoc cref="MaxPool"/>
    public Network AveragePool(int size) => Add(new AveragePoolLayer(Image(size), size));

    /// <summary>Adds y = max(0, x); its derivative at 0 is taken as 0.</summary>
    /// <returns>The longer network.</returns>
    public Network Relu() => Add(new ReluLayer(Output));

    /// <summary>Adds y = tanh x.</summary>
    /// <returns>The longer network.</returns>
    public Network Tanh() => Add(new TanhLayer(Output));

    /// <summary>Says that what follows sees one vector; <see cref="Dense"/> does so by itself.</summary>
    /// <returns>The longer network.</returns>
    public Network Flatten() => Add(new FlattenLayer(Output));

    /// <summary>Random weights, each tensor's from its <see cref="Initialization"/>; biases 0.</summary>
    /// <remarks>Deterministic in network and seed, on every platform: our own generator, one stream per tensor.</remarks>
    /// <param name="seed">The seed; any value.</param>
    /// <returns>A point of length <see cref="Dimension"/>.</returns>
    public double[] Start(long seed = 0) => Start<double>(seed);

    /// <summary>The same weights in another type, each rounded once: from <c>Start&lt;float&gt;()</c> training is in float.</summary>
    /// <inheritdoc cref="Start(long)"/>
    /// <typeparam name="T">float or double.</typeparam>
    public T[] Start<T>(long seed = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var point = new T[Dimension];
        var (offset, tensor) = (0, 0);
        for (var i = 0; i < _layers.Length; i++)
        {
            if (_layers[i].ParameterCount > 0)
            {
                var random = new SampleRandom(seed, tensor++);
                Fill(point.AsSpan(offset, _layers[i].WeightCount), Limit(i), ref random);
                offset += _layers[i].ParameterCount;
            }
        }

        return point;
    }

    /// <summary>The mean cross-entropy of labelled images: what is minimised.</summary>
    /// <param name="images">The images, at least one, of this network's shape; classes 0 … K − 1, K at most
    /// <see cref="Outputs"/>.</param>
    /// <returns>The objective.</returns>
    /// <exception cref="ArgumentException">There is no image, or shape or classes do not fit.</exception>
    /// <exception cref="ArgumentNullException">The set is null.</exception>
    /// <param name="threads">The largest number of threads, ≥ 1; null for one per processor. Changes no bit.</param>
    public NetworkLoss On(ImageSet images, int? threads = null)
    {
        var found = new Shape(Require.NotNull(images).Channels, images.Height, images.Width);
        return found.Length == Input.Length && (found == Input || Input.Length == Input.Channels)
            ? On(images.Pixels, images.Labels, threads)
            : throw new ArgumentException($"images are {found}; expected {Input}, the input of the network.", nameof(images));
    }

    /// <summary>The mean cross-entropy of labelled samples.</summary>
    /// <param name="samples">The samples one after the other, of length n · <see cref="Inputs"/>, finite; kept, not
    /// copied.</param>
    /// <param name="labels">The class of each sample, of length n ≥ 1, each in 0 … <see cref="Outputs"/> − 1.</param>
    /// <returns>The objective.</returns>
    /// <exception cref="ArgumentException">A length does not fit, a value is not finite, a label is out of range, or the
    /// network has no parameters.</exception>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <param name="threads">The largest number of threads, ≥ 1; null for one per processor. Changes no bit.</param>
    public NetworkLoss On(float[] samples, int[] labels, int? threads = null) =>
        new(this, samples, labels, threads ?? Environment.ProcessorCount);

    /// <inheritdoc/>
    public bool Equals(Network? other) => other is not null && Layout.Equals(other.Layout) && ToString() == other.ToString();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Network);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Input, Output, Dimension, _layers.Length);

    /// <summary>The shape of a sample, the layers, and the number of parameters.</summary>
    /// <returns>One line: <c>28×28 → dense 100 → relu → dense 10 (79510 parameters)</c>.</returns>
    public override string ToString() =>
        string.Join(" → ", _layers.Select(layer => layer.ToString()).Prepend(Input.ToString())) + Invariant($" ({Dimension} parameters)");

    private static Initialization Known(Initialization initialization) =>
        Enum.IsDefined(initialization)
            ? initialization
            : throw Require.Outside(nameof(initialization), initialization, string.Join(", ", Enum.GetNames<Initialization>()));

    private static Layout LayoutOf(Layer[] layers) =>
        layers.Where(layer => layer.ParameterCount > 0).Select((layer, i) => (layer, Number: i + 1)).Aggregate(
            Layout.Empty,
            (layout, next) => layout
                .Add(Invariant($"layer{next.Number}.weights"), next.layer.Weights)
                .Add(Invariant($"layer{next.Number}.bias"), next.layer.Biases));

    private static void Fill<T>(Span<T> weights, double limit, ref SampleRandom random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (ref var weight in weights)
        {
            weight = limit == 0 ? T.Zero : T.CreateTruncating(random.Uniform(-limit, limit));
        }
    }

    private double Limit(int index)
    {
        var (fanIn, fanOut) = _layers[index].Fan;
        var following = _layers.Skip(index + 1).FirstOrDefault(layer => layer is not (PoolLayer or FlattenLayer));
        return (_layers[index].Initialization, following) switch
        {
            (Initialization.Zero, _) => 0,
            (Initialization.He, _) or (Initialization.Automatic, ReluLayer) => Math.Sqrt(6.0 / fanIn),
            _ => Math.Sqrt(6.0 / ((double)fanIn + fanOut)),
        };
    }

    /// <summary>The shape that windows slide over; where nothing is left of an image, who has flattened it.</summary>
    private Shape Image(int size, int padding = 0)
    {
        if (Output is not { Height: 1, Width: 1 } || size <= 1 + (2L * padding))
        {
            return Output;
        }

        var last = Array.FindLast(_layers, layer => layer.Input is not { Height: 1, Width: 1 });
        throw Require.Outside(
            nameof(size),
            size,
            last is null
                ? "1, because the samples are vectors; Network.Of(channels, height, width) takes images"
                : $"1 behind {last}, which has flattened the image");
    }

    private Network Add(Layer layer) => new(Input, [.. _layers, layer]);
}
