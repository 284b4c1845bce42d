using System.Numerics;
using System.Runtime.InteropServices;
using OptCore.Kernels;

namespace OptModels.Networks;

/// <summary>
/// The memory and the order of one evaluation: blocks of samples go forward through the layers and their gradients back.
/// Layers whose samples are independent run one after the other for groups of samples, on several threads.
/// </summary>
/// <typeparam name="T">The type that layers compute in.</typeparam>
internal sealed class NetworkPass<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly float[] _values;
    private readonly CrossEntropy _loss;
    private readonly Layer[] _layers;
    private readonly LayerPass<T>[] _passes;
    private readonly List<AlignedBuffer<T>> _memory = [];
    private readonly Groups _groups;
    private readonly MatrixView<T> _input, _outputs, _outputGradient;
    private readonly double[] _scores;
    private readonly int _inputs, _classes, _firstTrained;
    private int[] _samples = [];
    private int _count;

    public NetworkPass(Network network, float[] values, int[] labels, int block, int threads)
    {
        (_values, _inputs, _classes) = (values, network.Inputs, network.Outputs);
        _loss = new CrossEntropy(labels, _classes);
        _scores = new double[_classes];
        _layers = [.. network.Layers];
        _passes = [.. _layers.Select(_ => new LayerPass<T> { Threads = threads })];
        _firstTrained = Array.FindIndex(_layers, layer => layer.ParameterCount > 0);
        Block = (block + Layer.GroupSize - 1) / Layer.GroupSize * Layer.GroupSize;
        _groups = new Groups(this, threads);
        _outputs = _input = Room(_inputs);
        _outputGradient = default;
        var keepsOutput = false;
        for (var i = 0; i < _layers.Length; i++)
        {
            var (layer, pass) = (_layers[i], _passes[i]);
            var shares = layer.IsInPlace && (!keepsOutput || !layer.NeedsOutput);
            pass.Input = _outputs;
            pass.Output = _outputs = shares ? _outputs.Reshape(layer.Output.Length) : Room(layer.Output.Length);
            pass.InputGradient = i <= _firstTrained ? default : _outputGradient;
            pass.OutputGradient = i < _firstTrained ? default
                : layer.IsInPlace && i > _firstTrained ? _outputGradient.Reshape(layer.Output.Length)
                : Room(layer.Output.Length);
            _outputGradient = pass.OutputGradient;
            keepsOutput = layer.NeedsOutput || (shares && keepsOutput);
            layer.Reserve(pass, Block);
        }
    }

    /// <summary>The largest number of samples that go through the layers together.</summary>
    public int Block { get; }

    /// <summary>Keeps what is to be evaluated.</summary>
    public void Begin(ReadOnlySpan<int> samples)
    {
        if (_samples.Length < samples.Length)
        {
            _samples = new int[samples.Length];
        }

        samples.CopyTo(_samples);
        _count = samples.Length;
    }

    /// <summary>Mean loss over the samples; adds its gradient to <paramref name="gradient"/>.</summary>
    public double Evaluate(MatrixView<T> point, MatrixView<T> gradient)
    {
        Bind(point, gradient);
        var total = 0.0;
        for (var first = 0; first < _count; first += Block)
        {
            var count = Math.Min(Block, _count - first);
            Forward(first, count);
            total += Loss(first, count);
            Backward(count);
        }

        return total / _count;
    }

    /// <summary>Writes the outputs of the last layer, one row per sample.</summary>
    public double Scores(MatrixView<T> point, MatrixView<T> scores)
    {
        Bind(point, default);
        for (var first = 0; first < _count; first += Block)
        {
            var count = Math.Min(Block, _count - first);
            Forward(first, count);
            _outputs.Row(0, count * _classes).CopyTo(scores.Reshape(_classes).Row(first, count * _classes));
        }

        return 0;
    }

    private void Bind(MatrixView<T> point, MatrixView<T> gradient)
    {
        var offset = 0;
        for (var i = 0; i < _layers.Length; i++)
        {
            _passes[i].Parameters = point.From(0, offset);
            _passes[i].Gradient = gradient.IsNone ? default : gradient.From(0, offset);
            offset += _layers[i].ParameterCount;
        }
    }

    private void Forward(int first, int count)
    {
        for (var s = 0; s < count; s++)
        {
            Convert(_values.AsSpan(_samples[first + s] * _inputs, _inputs), _input.Row(s, _inputs));
        }

        for (var i = 0; i < _layers.Length;)
        {
            var end = i + 1;
            if (_layers[i].IsPerSample)
            {
                for (; end < _layers.Length && _layers[end].IsPerSample; end++)
                {
                }

                _groups.Run(i, end, count, backward: false);
            }
            else
            {
                _layers[i].Forward(_passes[i], 0, count);
            }

            i = end;
        }
    }

    /// <summary>The sum of the losses, in double; leaves their gradients, divided by the number of all samples.</summary>
    private double Loss(int first, int count)
    {
        var total = 0.0;
        for (var s = 0; s < count; s++)
        {
            var scores = _outputs.Row(s, _classes);
            var delta = _outputGradient.Row(s, _classes);
            for (var k = 0; k < _scores.Length; k++)
            {
                _scores[k] = double.CreateTruncating(scores[k]);
            }

            total += _loss.Evaluate(_samples[first + s], _scores);
            for (var k = 0; k < _scores.Length; k++)
            {
                delta[k] = T.CreateTruncating(_scores[k] / _count);
            }
        }

        return total;
    }

    private void Backward(int count)
    {
        for (var i = _layers.Length - 1; i >= _firstTrained;)
        {
            var next = i - 1;
            if (_layers[i].IsPerSample)
            {
                for (; next >= _firstTrained && _layers[next].IsPerSample; next--)
                {
                }

                _groups.Run(next + 1, i + 1, count, backward: true);
                for (var k = i; k > next; k--)
                {
                    _layers[k].Finish(_passes[k], count);
                }
            }
            else
            {
                _layers[i].Backward(_passes[i], 0, count);
            }

            i = next;
        }
    }

    private MatrixView<T> Room(int columns)
    {
        var buffer = new AlignedBuffer<T>(checked(Block * columns), 1);
        _memory.Add(buffer);
        return MatrixView.Of(buffer, columns);
    }

    private static void Convert(ReadOnlySpan<float> values, Span<T> target)
    {
        if (typeof(T) == typeof(float))
        {
            MemoryMarshal.Cast<float, T>(values).CopyTo(target);
            return;
        }

        var wide = MemoryMarshal.Cast<T, double>(target);
        var i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(values[i..]), out var low, out var high);
            low.CopyTo(wide[i..]);
            high.CopyTo(wide[(i + Vector<double>.Count)..]);
        }

        for (; i < values.Length; i++)
        {
            wide[i] = values[i];
        }
    }

    /// <summary>Layers from first to end for groups of samples.</summary>
    private sealed class Groups(NetworkPass<T> owner, int threads) : SharedTasks
    {
        private int _first, _end, _samples;
        private bool _backward;

        public void Run(int first, int end, int samples, bool backward)
        {
            (_first, _end, _samples, _backward) = (first, end, samples, backward);
            var operations = 0L;
            for (var i = first; i < end; i++)
            {
                operations += (backward ? 2 : 1) * samples * owner._layers[i].Operations;
            }

            RunAll((samples + Layer.GroupSize - 1) / Layer.GroupSize, operations, threads);
        }

        protected override void Do(int task)
        {
            var first = task * Layer.GroupSize;
            var count = Math.Min(Layer.GroupSize, _samples - first);
            for (var i = _first; i < _end && !_backward; i++)
            {
                owner._layers[i].Forward(owner._passes[i], first, count);
            }

            for (var i = _end - 1; i >= _first && _backward; i--)
            {
                owner._layers[i].Backward(owner._passes[i], first, count);
            }
        }
    }
}
