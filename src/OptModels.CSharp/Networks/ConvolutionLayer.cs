using OptCore.Kernels;
using static System.FormattableString;

namespace OptModels.Networks;

/// <summary>
/// Every filter slides over the image: y[f, i, j] = c[f] + Σ W[f, c, a, b]·x[c, i·stride + a − padding, …], zeros outside;
/// W of shape [filters, channels, size, size]. (What everybody calls convolution; the filters are not mirrored.)
/// </summary>
/// <remarks>
/// The patches of an image are the columns of a matrix P (<see cref="Patches"/>), so that Y = W·P, dP = Wᵀ·dY, and, with a
/// row of ones below P for the biases, (dW, dc)ᵀ = P·dYᵀ.
/// </remarks>
internal sealed class ConvolutionLayer : Layer
{
    private readonly Patches _patches;
    private readonly int _filters;
    private readonly Initialization _initialization;

    public ConvolutionLayer(Shape input, int filters, int size, int stride, int padding, Initialization initialization)
        : this(new Patches(input, size, stride, padding), filters, initialization)
    {
    }

    private ConvolutionLayer(Patches patches, int filters, Initialization initialization)
        : base(patches.Image, new(filters, patches.Height, patches.Width)) =>
        (_patches, _filters, _initialization) = (patches, filters, initialization);

    public override int[] Weights => [_filters, Input.Channels, _patches.Size, _patches.Size];

    public override int Biases => _filters;

    public override (int In, int Out) Fan => (_patches.Rows, _filters * _patches.Size * _patches.Size);

    public override Initialization Initialization => _initialization;

    public override long Operations => 2L * _filters * _patches.Rows * _patches.Columns;

    // The gradient of a group has one row per input of a filter, and one for the biases.
    private int PartLength => (_patches.Rows + 1) * _filters;

    public override void Reserve<T>(LayerPass<T> pass, int block) =>
        pass.Parts = new AlignedBuffer<T>(checked((block + GroupSize - 1) / GroupSize * PartLength), 1);

    public override void Forward<T>(LayerPass<T> pass, int first, int count)
    {
        var patches = ThreadScratch<T>.Take(0, _patches.Length);
        var biases = pass.Parameters.Row(0, ParameterCount)[WeightCount..];
        for (var s = first; s < first + count; s++)
        {
            _patches.Gather(pass.Input.Row(s, Input.Length), patches.Row(0, _patches.Length));
            var output = pass.Output.From(s).Reshape(_patches.Columns);
            for (var f = 0; f < _filters; f++)
            {
                output.Row(f, _patches.Columns).Fill(biases[f]);
            }

            MatrixProduct.Add(
                pass.Parameters.Reshape(_patches.Rows),
                patches.Reshape(_patches.Columns),
                output,
                _filters,
                _patches.Rows,
                _patches.Columns);
        }
    }

    public override void Backward<T>(LayerPass<T> pass, int first, int count)
    {
        var patches = ThreadScratch<T>.Take(0, _patches.Length + _patches.Columns);
        var back = ThreadScratch<T>.Take(1, _patches.Length);
        var part = MatrixView.Of(pass.Parts!, PartLength).From(first / GroupSize).Reshape(_filters);
        part.Row(0, PartLength).Clear();
        patches.Row(0, _patches.Length + _patches.Columns)[_patches.Length..].Fill(T.One);
        for (var s = first; s < first + count; s++)
        {
            var delta = pass.OutputGradient.From(s).Reshape(_patches.Columns);
            _patches.Gather(pass.Input.Row(s, Input.Length), patches.Row(0, _patches.Length));
            MatrixProduct.Add(patches.Reshape(_patches.Columns), delta.Transposed, part, _patches.Rows + 1, _patches.Columns, _filters);
            if (!pass.InputGradient.IsNone)
            {
                back.Row(0, _patches.Length).Clear();
                MatrixProduct.Add(
                    pass.Parameters.Reshape(_patches.Rows).Transposed,
                    delta,
                    back.Reshape(_patches.Columns),
                    _patches.Rows,
                    _filters,
                    _patches.Columns);
                _patches.Scatter(back.Row(0, _patches.Length), pass.InputGradient.Row(s, Input.Length));
            }
        }
    }

    public override void Finish<T>(LayerPass<T> pass, int count)
    {
        var gradient = pass.Gradient.Row(0, ParameterCount);
        var weights = gradient[..WeightCount];
        var biases = gradient[WeightCount..];
        for (var group = 0; group * GroupSize < count; group++)
        {
            ReadOnlySpan<T> part = pass.Parts![0].Slice(group * PartLength, PartLength);
            for (var row = 0; row < _patches.Rows; row++)
            {
                for (var f = 0; f < _filters; f++)
                {
                    weights[(f * _patches.Rows) + row] += part[(row * _filters) + f];
                }
            }

            for (var f = 0; f < _filters; f++)
            {
                biases[f] += part[(_patches.Rows * _filters) + f];
            }
        }
    }

    public override string ToString() => With(Invariant($"convolution {_filters} {_patches}"), _initialization);
}
