using OptCore.Kernels;

namespace OptCore;

/// <summary>A loop over some ranges: alone, or by several threads, cut at whole cache lines.</summary>
/// <remarks>
/// A class for each kind of memory, each with methods of its own: what a process that has stepped on vectors alone knows of a method
/// is that everything else in it is rare, and what is rare the just-in-time compiler does not inline.
/// </remarks>
/// <param name="loop">The loop.</param>
/// <param name="ranges">The ranges.</param>
/// <param name="threads">The largest number of threads.</param>
internal abstract class SharedSweep<T>(Loop<T> loop, ElementRange[] ranges, int threads) : SharedWork
    where T : unmanaged
{
    // The vector is divided into cells of equal size; a task is the part of a range that lies in one cell. Cells are large
    // enough that the cost of a call is negligible and small enough that threads get equal shares.
    private const int Cell = 1024;

    private readonly long _elements = ElementRange.Total(ranges);
    private readonly int[] _firstTasks = FirstTasks(ranges);
    private StepMemory<T>? _memory;

    /// <summary>The loop.</summary>
    protected Loop<T> Loop => loop;

    /// <summary>The ranges.</summary>
    protected ElementRange[] Ranges => ranges;

    /// <summary>Takes the scalars of the step and runs over all ranges.</summary>
    public void Run(StepMemory<T> memory)
    {
        if (_elements < MinElements || threads == 1 || !memory.IsShared)
        {
            RunAlone(memory);
            return;
        }

        // Once per step, before any thread sweeps.
        loop.Begin(memory.Context);
        if (_memory != memory)
        {
            _memory = memory;
        }

        RunAll(_firstTasks[^1], _elements, threads);
    }

    public override void Do(int first, int end)
    {
        var memory = _memory!;
        var index = Array.BinarySearch(_firstTasks, first);
        for (index = index < 0 ? ~index - 1 : index; first < end; index++)
        {
            var last = Math.Min(end, _firstTasks[index + 1]);
            if (first < last)
            {
                Run(memory, Cut(index, first), Cut(index, last));
                first = last;
            }
        }
    }

    /// <summary>Takes the scalars of the step and runs over all ranges, on this thread.</summary>
    protected abstract void RunAlone(StepMemory<T> memory);

    /// <summary>Runs over the elements [start, end) of a range; several threads may do so at once.</summary>
    protected abstract void Run(StepMemory<T> memory, int start, int end);

    // Where a task of a range begins.
    private int Cut(int index, int task)
    {
        var range = ranges[index];
        var cell = (range.Start / Cell) + task - _firstTasks[index];
        return (int)Math.Clamp((long)cell * Cell, range.Start, range.End);
    }

    // The number of every range's first task, and behind them the number of all tasks.
    private static int[] FirstTasks(ElementRange[] ranges)
    {
        var first = new int[ranges.Length + 1];
        for (var i = 0; i < ranges.Length; i++)
        {
            var range = ranges[i];
            var tasks = range.Length == 0 ? 0 : ((range.End - 1) / Cell) - (range.Start / Cell) + 1;
            first[i + 1] = first[i] + tasks;
        }

        return first;
    }
}

/// <summary>The sweep of the caller's tensors.</summary>
internal static class SharedSweep
{
    /// <param name="loop">The loop.</param>
    /// <param name="ranges">The ranges.</param>
    /// <param name="threads">The largest number of threads.</param>
    /// <param name="row">The tensors that have the elements.</param>
    public static SharedSweep<T> Of<T>(Loop<T> loop, ElementRange[] ranges, int threads, TensorRow<T> row)
        where T : unmanaged =>
        row.Tensors.Length == 1
            ? new SweepOfTensor<T>(loop, ranges, threads, row)
            : new SweepOfTensors<T>(loop, ranges, threads, row);
}

/// <summary>Parameters and gradient are vectors.</summary>
internal sealed class SweepOfVector<T>(Loop<T> loop, ElementRange[] ranges, int threads) : SharedSweep<T>(loop, ranges, threads)
    where T : unmanaged
{
    protected override void RunAlone(StepMemory<T> memory) => Loop.Run(memory.Context, in memory.Lanes, Ranges, memory.Shift);

    protected override void Run(StepMemory<T> memory, int start, int end) =>
        Loop.Sweep(memory.Context, in memory.Lanes, start, end, memory.Shift);
}

/// <summary>One tensor of the caller. It has no seams: a masked rest takes less than to look for them.</summary>
internal sealed class SweepOfTensor<T>(Loop<T> loop, ElementRange[] ranges, int threads, TensorRow<T> row)
    : SharedSweep<T>(loop, ranges, threads)
    where T : unmanaged
{
    private readonly TensorPlace<T>[] _places = row.Places;
    private readonly int[] _tensor = row.Tensors;

    protected override void RunAlone(StepMemory<T> memory) => Loop.Run(memory.Context, in memory.Lanes, _places, _tensor);

    protected override void Run(StepMemory<T> memory, int start, int end)
    {
        var part = _places[_tensor[0]].Part(start, end);
        Loop.Sweep(memory.Context, in memory.Lanes, new ReadOnlySpan<TensorPlace<T>>(in part), [0]);
    }
}

/// <summary>Several tensors of the caller.</summary>
internal sealed class SweepOfTensors<T>(Loop<T> loop, ElementRange[] ranges, int threads, TensorRow<T> row)
    : SharedSweep<T>(loop, ranges, threads)
    where T : unmanaged
{
    protected override void RunAlone(StepMemory<T> memory)
    {
        Loop.Begin(memory.Context);
        foreach (var range in Ranges)
        {
            Run(memory, range.Start, range.End);
        }
    }

    protected override void Run(StepMemory<T> memory, int start, int end)
    {
        if (start < end)
        {
            Loop.Sweep(memory.Context, in memory.Lanes, row.Places, row.From(start), start, end);
        }
    }
}
