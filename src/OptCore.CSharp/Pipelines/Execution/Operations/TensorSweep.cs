using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// A fused segment whose scalars differ from tensor to tensor. Threads share the elements of large tensors, and small ones
/// whole: their scalars are taken by the thread that sweeps them.
/// </summary>
internal sealed class TensorSweep<T> : Operation<T>
    where T : unmanaged
{
    // From here on a tensor is shared by itself.
    private const int Large = 16384;

    private readonly Region _region;
    private readonly string _what;
    private readonly (int Tensor, SharedSweep<T> Sweep)[] _large;
    private readonly SharedTensors<T> _small;

    public TensorSweep(Loop<T> loop, Region region, IReadOnlyList<TensorInfo> tensors, string what, int threads)
    {
        (_region, _what) = (region, what);
        var large = new List<(int Tensor, SharedSweep<T> Sweep)>();
        var small = new List<TensorRange>();
        foreach (var index in region.Tensors)
        {
            var range = new Kernels.Range(tensors[index].Offset, tensors[index].End);
            if (threads > 1 && range.Length >= Large)
            {
                large.Add((index, new SharedSweep<T>(loop, [range], threads)));
            }
            else
            {
                small.Add(new TensorRange(index, range));
            }
        }

        _large = [.. large];
        _small = new SharedTensors<T>(loop, [.. small], threads);
    }

    public override string Describe() => $"loop      {_what}  over {_region.Describe()}, tensor by tensor";

    public override void Run(Frame<T> frame, double[] rates)
    {
        var step = frame.Context;
        _region.SetRates(step, rates);
        foreach (var (tensor, sweep) in _large)
        {
            step.Tensor = tensor;
            sweep.Run(frame);
        }

        _small.Run(frame);
    }
}

/// <summary>Small tensors, each of which one thread sweeps.</summary>
internal sealed class SharedTensors<T>(Loop<T> loop, TensorRange[] tensors, int threads) : SharedWork
    where T : unmanaged
{
    // A task is so many elements at least, if there are more tensors.
    private const int Task = 1024;

    private readonly int[] _firstTensors = FirstTensors(tensors);
    private readonly long _elements = tensors.Sum(tensor => (long)tensor.Range.Length);
    private Frame<T>? _frame;

    /// <summary>Runs over all tensors.</summary>
    public void Run(Frame<T> frame)
    {
        if (_elements < Least || threads == 1 || !frame.Shares)
        {
            loop.Sweep(frame.Context, in frame.Lanes, tensors, frame.Shift);
            return;
        }

        if (_frame != frame)
        {
            _frame = frame;
        }

        RunAll(_firstTensors.Length - 1, _elements, threads);
    }

    public override void Do(int first, int end)
    {
        var frame = _frame!;
        var some = tensors.AsSpan(_firstTensors[first].._firstTensors[end]);
        loop.Sweep(frame.Context.OfThisThread(), in frame.Lanes, some, frame.Shift);
    }

    // The number of every task's first tensor, and behind them the number of all tensors.
    private static int[] FirstTensors(TensorRange[] tensors)
    {
        var first = new List<int> { 0 };
        long elements = 0;
        for (var i = 0; i < tensors.Length; i++)
        {
            elements += tensors[i].Range.Length;
            if (elements >= Task || i == tensors.Length - 1)
            {
                first.Add(i + 1);
                elements = 0;
            }
        }

        return [.. first];
    }
}
