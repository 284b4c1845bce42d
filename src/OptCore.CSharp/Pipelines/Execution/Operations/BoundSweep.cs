using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// A fused segment over the caller's tensors, whose scalars may differ from tensor to tensor. Threads share parts of large tensors
/// and several small ones.
/// </summary>
internal sealed class BoundSweep<T> : Operation<T>
    where T : unmanaged
{
    // Where scalars differ, tensors of at least this size are shared one by one.
    private const int LargeTensor = 16384;

    private readonly Region _region;
    private readonly string _what;
    private readonly bool _perTensor;
    private readonly BoundTensors<T>[] _large;
    private readonly BoundTensors<T> _others;

    public BoundSweep(Loop<T> loop, Region region, TensorPlace<T>[] places, bool perTensor, string what, int threads)
    {
        (_region, _what, _perTensor) = (region, what, perTensor);
        bool IsLarge(int tensor) => perTensor && threads > 1 && places[tensor].Range.Length >= LargeTensor;
        _large = [.. region.Tensors.Where(IsLarge).Select(tensor => new BoundTensors<T>(loop, [tensor], places, false, threads))];
        _others = new BoundTensors<T>(loop, [.. region.Tensors.Where(tensor => !IsLarge(tensor))], places, perTensor, threads);
    }

    public override string Stages => _what;

    public override string Describe() =>
        $"loop      {_what}  over {_region.Describe()} of the caller{(_perTensor ? ", tensor by tensor" : string.Empty)}";

    public override void Run(StepMemory<T> memory, double[] rates)
    {
        _region.SetRates(memory.Context, rates);
        foreach (var one in _large)
        {
            one.Run(memory);
        }

        _others.Run(memory);
    }
}

/// <summary>A loop over some of the caller's tensors: alone, or by several threads.</summary>
internal sealed class BoundTensors<T> : SharedWork
    where T : unmanaged
{
    // The size of a task: whole tensors until they are as many elements, or a cell of a larger one, cut at whole cache lines.
    private const int Cell = 1024;

    private readonly Loop<T> _loop;
    private readonly int[] _tensors;
    private readonly TensorPlace<T>[] _places;
    private readonly bool _perTensor;
    private readonly int _threads;
    private readonly Task[] _tasks;
    private readonly long _elements;
    private StepMemory<T>? _memory;

    public BoundTensors(Loop<T> loop, int[] tensors, TensorPlace<T>[] places, bool perTensor, int threads)
    {
        (_loop, _tensors, _places, _perTensor, _threads) = (loop, tensors, places, perTensor, threads);
        _elements = tensors.Sum(tensor => (long)places[tensor].Range.Length);
        _tasks = _elements < MinElements || threads == 1 ? [] : Tasks();
    }

    /// <summary>Takes the scalars and runs over all tensors.</summary>
    public void Run(StepMemory<T> memory)
    {
        var step = memory.Context;
        if (!_perTensor)
        {
            // The tensor of the step, where it is one alone.
            step.Tensor = _tensors.Length > 0 ? _tensors[0] : 0;
            _loop.Begin(step);
        }

        if (_tasks.Length == 0 || !memory.IsShared)
        {
            Sweep(memory, step, _tensors);
            return;
        }

        if (_memory != memory)
        {
            _memory = memory;
        }

        RunAll(_tasks.Length, _elements, _threads);
    }

    public override void Do(int first, int end)
    {
        var memory = _memory!;
        var step = _perTensor ? memory.Context.OfThisThread() : memory.Context;
        for (var i = first; i < end;)
        {
            var task = _tasks[i++];
            if (task.Part is { } part)
            {
                // What follows of the same tensor goes into the same loop.
                while (i < end && _tasks[i].First == task.First && _tasks[i].Part is { } more)
                {
                    part = new ElementRange(part.Start, more.End);
                    i++;
                }

                var place = _places[_tensors[task.First]].Part(part.Start, part.End);
                _loop.Sweep(step, in memory.Lanes, new ReadOnlySpan<TensorPlace<T>>(in place), [0]);
            }
            else
            {
                // Whole tensors, and all that follow.
                var last = task.End;
                while (i < end && _tasks[i].Part is null)
                {
                    last = _tasks[i++].End;
                }

                Sweep(memory, step, _tensors.AsSpan(task.First..last));
            }
        }
    }

    private void Sweep(StepMemory<T> memory, StepContext step, ReadOnlySpan<int> tensors)
    {
        if (_perTensor)
        {
            _loop.SweepEach(step, in memory.Lanes, _places, tensors);
        }
        else
        {
            _loop.Sweep(step, in memory.Lanes, _places, tensors);
        }
    }

    private Task[] Tasks()
    {
        var tasks = new List<Task>();
        var (first, elements) = (0, 0);
        for (var i = 0; i < _tensors.Length; i++)
        {
            var range = _places[_tensors[i]].Range;
            if (range.Length >= 2 * Cell && !_perTensor)
            {
                EndGroup(i);
                for (var start = range.Start; start < range.End; start = Next(start, range))
                {
                    tasks.Add(new Task(i, i + 1, new ElementRange(start, Next(start, range))));
                }

                first = i + 1;
                continue;
            }

            elements += range.Length;
            if (elements >= Cell)
            {
                EndGroup(i + 1);
            }
        }

        EndGroup(_tensors.Length);
        return [.. tasks];

        static int Next(int start, ElementRange range) => (int)Math.Min((((long)start / Cell) + 1) * Cell, range.End);

        void EndGroup(int end)
        {
            if (first < end)
            {
                tasks.Add(new Task(first, end, null));
            }

            (first, elements) = (end, 0);
        }
    }

    // Whole tensors, from First to before End; or a part of one.
    private readonly record struct Task(int First, int End, ElementRange? Part);
}
