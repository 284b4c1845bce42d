using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// A fused segment over the caller's tensors, whose scalars differ from tensor to tensor. Threads share parts of large tensors and
/// several small ones.
/// </summary>
internal sealed class BoundSweep<T> : Operation<T>
    where T : unmanaged
{
    // Tensors of at least this size are shared one by one.
    private const int LargeTensor = 16384;

    private readonly Region _region;
    private readonly Lazy<string> _what;
    private readonly (int Tensor, SharedSweep<T> Sweep)[] _large;
    private readonly BoundTensors<T> _small;

    public BoundSweep(Loop<T> loop, Region region, TensorPlace<T>[] places, Lazy<string> what, int threads)
    {
        (_region, _what) = (region, what);
        bool IsLarge(int tensor) => threads > 1 && places[tensor].Range.Length >= LargeTensor;
        _large = [.. region.Tensors.Where(IsLarge).Select(
            tensor => (tensor, SharedSweep.Of(loop, [places[tensor].Range], threads, new TensorRow<T>(places, [tensor]))))];
        _small = new BoundTensors<T>(loop, [.. region.Tensors.Where(tensor => !IsLarge(tensor))], places, threads);
    }

    public override string Stages => _what.Value;

    public override string Describe() => $"loop      {_what.Value}  over {_region.Describe()} of the caller, tensor by tensor";

    public override void Run(StepMemory<T> memory, double[] rates)
    {
        _region.SetRates(memory.Context, rates);
        foreach (var (tensor, sweep) in _large)
        {
            memory.Context.Tensor = tensor;
            sweep.Run(memory);
        }

        _small.Run(memory);
    }
}

/// <summary>Small tensors of the caller, each of which one thread sweeps.</summary>
internal sealed class BoundTensors<T> : SharedWork
    where T : unmanaged
{
    // A task has at least this number of elements, except the last one.
    private const int TaskElements = 1024;

    private readonly Loop<T> _loop;
    private readonly int[] _tensors;
    private readonly TensorPlace<T>[] _places;
    private readonly int _threads;
    private readonly int[] _firstTensors;
    private readonly long _elements;
    private StepMemory<T>? _memory;

    public BoundTensors(Loop<T> loop, int[] tensors, TensorPlace<T>[] places, int threads)
    {
        (_loop, _tensors, _places, _threads) = (loop, tensors, places, threads);
        var first = new List<int> { 0 };
        long elements = 0;
        for (var i = 0; i < tensors.Length; i++)
        {
            elements += places[tensors[i]].Range.Length;
            _elements += places[tensors[i]].Range.Length;
            if (elements >= TaskElements || i == tensors.Length - 1)
            {
                first.Add(i + 1);
                elements = 0;
            }
        }

        _firstTensors = [.. first];
    }

    /// <summary>Runs over all tensors.</summary>
    public void Run(StepMemory<T> memory)
    {
        if (_elements < MinElements || _threads == 1 || !memory.IsShared)
        {
            _loop.SweepEach(memory.Context, in memory.Lanes, _places, _tensors);
            return;
        }

        if (_memory != memory)
        {
            _memory = memory;
        }

        RunAll(_firstTensors.Length - 1, _elements, _threads);
    }

    public override void Do(int first, int end) => _loop.SweepEach(
        _memory!.Context.OfThisThread(), in _memory.Lanes, _places, _tensors.AsSpan(_firstTensors[first].._firstTensors[end]));
}
