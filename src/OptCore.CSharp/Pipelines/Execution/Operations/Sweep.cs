using OptCore.Kernels;

namespace OptCore;

/// <summary>A fused segment over the elements of a region.</summary>
internal sealed class Sweep<T>(Loop<T> loop, Region region, string what, int threads) : Operation<T>
    where T : unmanaged
{
    private readonly SharedSweep<T> _work = new(loop, region.Ranges, threads);

    public override string Describe() => $"loop      {what}  over {region.Describe()}";

    public override void Run(Frame<T> frame, double[] rates)
    {
        region.SetRates(frame.Context, rates);
        _work.Run(frame);
    }
}

/// <summary>A loop over some ranges: alone, or by several threads, cut at whole cache lines.</summary>
internal sealed class SharedSweep<T>(Loop<T> loop, Kernels.Range[] ranges, int threads) : SharedWork
    where T : unmanaged
{
    // A task is what a range has in one cell of a grid over the vector: elements enough that calls do not count, and few
    // enough that threads get equal shares.
    private const int Cell = 1024;

    private readonly long _elements = Kernels.Range.Total(ranges);
    private readonly int[] _firstTasks = FirstTasks(ranges);
    private Frame<T>? _frame;

    /// <summary>Takes the scalars of the step and runs over all ranges.</summary>
    public void Run(Frame<T> frame)
    {
        if (_elements < Least || threads == 1 || !frame.Shares)
        {
            loop.Run(frame.Context, in frame.Lanes, ranges, frame.Shift);
            return;
        }

        // Once, whoever sweeps.
        loop.Begin(frame.Context);
        if (_frame != frame)
        {
            _frame = frame;
        }

        RunAll(_firstTasks[^1], _elements, threads);
    }

    public override void Do(int first, int end)
    {
        var frame = _frame!;
        var index = Array.BinarySearch(_firstTasks, first);
        for (index = index < 0 ? ~index - 1 : index; first < end; index++)
        {
            var last = Math.Min(end, _firstTasks[index + 1]);
            if (first < last)
            {
                loop.Sweep(frame.Context, in frame.Lanes, Cut(index, first), Cut(index, last), frame.Shift);
                first = last;
            }
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
    private static int[] FirstTasks(Kernels.Range[] ranges)
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
