using OptCore.Kernels;

namespace OptCore;

/// <summary>A fused segment over the elements of a region, of vectors or of the caller's tensors.</summary>
internal sealed class Sweep<T>(Loop<T> loop, Region region, TensorPlace<T>[]? places, string what, int threads) : Operation<T>
    where T : unmanaged
{
    private readonly SharedSweep<T> _work =
        new(loop, region.Ranges, threads, places is null ? null : new TensorRow<T>(places, region.Tensors));

    public override string Stages => what;

    public override Reach Reach => Reach.Elements;

    public override string Describe() =>
        $"loop      {what}  over {region.Describe()}{(places is null ? string.Empty : " of the caller")}";

    public override void Run(StepMemory<T> memory, double[] rates)
    {
        region.SetRates(memory.Context, rates);
        _work.Run(memory);
    }

    public override Blockwise Blockwise => places is null ? Blockwise.Within : Blockwise.Not;

    public override void Begin(StepMemory<T> memory, double[] rates)
    {
        region.SetRates(memory.Context, rates);
        loop.Begin(memory.Context);
    }

    public override void Run(StepMemory<T> memory, double[] rates, int start, int end)
    {
        region.SetRates(memory.Context, rates);
        var ranges = region.Ranges;
        for (var i = ElementRange.FirstBehind(ranges, start); i < ranges.Length && ranges[i].Start < end; i++)
        {
            memory.Sweep(loop, Math.Max(start, ranges[i].Start), Math.Min(end, ranges[i].End));
        }
    }
}

/// <summary>A loop over some ranges: alone, or by several threads, cut at whole cache lines.</summary>
/// <param name="loop">The loop.</param>
/// <param name="ranges">The ranges.</param>
/// <param name="threads">The largest number of threads.</param>
/// <param name="row">The caller's tensors that have the elements; null where parameters and gradient are vectors.</param>
internal sealed class SharedSweep<T>(Loop<T> loop, ElementRange[] ranges, int threads, TensorRow<T>? row = null) : SharedWork
    where T : unmanaged
{
    // The vector is divided into cells of equal size; a task is the part of a range that lies in one cell. Cells are large
    // enough that the cost of a call is negligible and small enough that threads get equal shares.
    private const int Cell = 1024;

    private readonly long _elements = ElementRange.Total(ranges);
    private readonly int[] _firstTasks = FirstTasks(ranges);
    private StepMemory<T>? _memory;

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

    private void RunAlone(StepMemory<T> memory)
    {
        if (row is null)
        {
            loop.Run(memory.Context, in memory.Lanes, ranges, memory.Shift);
            return;
        }

        loop.Begin(memory.Context);
        foreach (var range in ranges)
        {
            Run(memory, range.Start, range.End);
        }
    }

    private void Run(StepMemory<T> memory, int start, int end)
    {
        if (row is null)
        {
            loop.Sweep(memory.Context, in memory.Lanes, start, end, memory.Shift);
        }
        else if (row.Single is var single and >= 0)
        {
            // No seams: a masked rest takes less than to look for them.
            var part = row.Places[single].Part(start, end);
            loop.Sweep(memory.Context, in memory.Lanes, new ReadOnlySpan<TensorPlace<T>>(in part), [0]);
        }
        else if (start < end)
        {
            loop.Sweep(memory.Context, in memory.Lanes, row.Places, row.From(start), start, end);
        }
    }

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
