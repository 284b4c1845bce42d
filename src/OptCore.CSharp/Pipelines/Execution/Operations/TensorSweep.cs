using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// A fused segment whose scalars differ from tensor to tensor. Threads share the elements of large tensors, and small ones
/// whole: their scalars are taken by the thread that sweeps them.
/// </summary>
internal sealed class TensorSweep<T> : Operation<T>
    where T : unmanaged
{
    // Tensors of at least this size are shared one by one.
    private const int LargeTensor = 16384;

    private readonly Region _region;
    private readonly Lazy<string> _what;
    private readonly (int Tensor, SharedSweep<T> Sweep)[] _large;
    private readonly SharedTensors<T> _small;

    public TensorSweep(Loop<T> loop, Region region, IReadOnlyList<TensorInfo> tensors, Lazy<string> what, int threads)
    {
        (_region, _what) = (region, what);
        var large = new List<(int Tensor, SharedSweep<T> Sweep)>();
        var small = new List<TensorRange>();
        foreach (var index in region.Tensors)
        {
            var range = new ElementRange(tensors[index].Offset, tensors[index].End);
            if (threads > 1 && range.Length >= LargeTensor)
            {
                large.Add((index, new SweepOfVector<T>(loop, [range], threads)));
            }
            else
            {
                small.Add(new TensorRange(index, range));
            }
        }

        _large = [.. large];
        _small = new SharedTensors<T>(loop, [.. small], threads);
    }

    public override string Stages => _what.Value;

    public override Reach Reach => Reach.Tensors;

    public override string Describe() => $"loop      {_what.Value}  over {_region.Describe()}, tensor by tensor";

    public override void Run(StepMemory<T> memory, double[] rates)
    {
        var step = memory.Context;
        _region.SetRates(step, rates);
        foreach (var (tensor, sweep) in _large)
        {
            step.Tensor = tensor;
            sweep.Run(memory);
        }

        _small.Run(memory);
    }
}

/// <summary>Small tensors, each of which one thread sweeps.</summary>
internal sealed class SharedTensors<T>(Loop<T> loop, TensorRange[] tensors, int threads) : SharedWork
    where T : unmanaged
{
    // A task has at least this number of elements, except the last one.
    private const int TaskElements = 1024;

    private readonly int[] _firstTensors = FirstTensors(tensors);
    private readonly long _elements = tensors.Sum(tensor => (long)tensor.Range.Length);
    private StepMemory<T>? _memory;

    /// <summary>Runs over all tensors.</summary>
    public void Run(StepMemory<T> memory)
    {
        if (_elements < MinElements || threads == 1 || !memory.IsShared)
        {
            loop.Sweep(memory.Context, in memory.Lanes, tensors, memory.Shift);
            return;
        }

        if (_memory != memory)
        {
            _memory = memory;
        }

        RunAll(_firstTensors.Length - 1, _elements, threads);
    }

    public override void Do(int first, int end)
    {
        var memory = _memory!;
        var some = tensors.AsSpan(_firstTensors[first].._firstTensors[end]);
        loop.Sweep(memory.Context.OfThisThread(), in memory.Lanes, some, memory.Shift);
    }

    // The number of every task's first tensor, and behind them the number of all tensors.
    private static int[] FirstTensors(TensorRange[] tensors)
    {
        var first = new List<int> { 0 };
        long elements = 0;
        for (var i = 0; i < tensors.Length; i++)
        {
            elements += tensors[i].Range.Length;
            if (elements >= TaskElements || i == tensors.Length - 1)
            {
                first.Add(i + 1);
                elements = 0;
            }
        }

        return [.. first];
    }
}
