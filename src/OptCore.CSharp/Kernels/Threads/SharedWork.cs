using System.Diagnostics;
using System.Runtime.InteropServices;

namespace OptCore.Kernels;

/// <summary>
/// Work of independent numbered tasks that several threads do together where that pays. One caller at a time. How long the
/// tasks take is measured as they run: so the decision knows the loop, the machine and where its data lie.
/// </summary>
internal abstract class SharedWork
{
    /// <summary>Work of a smaller size, in elements of an optimizer's sweep, is never shared, nor measured.</summary>
    public const int MinElements = 2048;

    /// <summary>Work that takes less, in ticks, is not shared: about the break-even point of a worker that is awake.</summary>
    public static readonly double MinTicks = 2 * Worker.SpinDelay;

    // The first FirstRuns runs are all timed, then every TimedEvery-th. Work that is too short to be shared skips SkippedRuns.
    private const int FirstRuns = 4;
    private const int TimedEvery = 8;
    private const int SkippedRuns = 64;

    private Timings _timings;

    /// <summary>Does the tasks [first, end). Must not throw, and must not depend on which thread does it.</summary>
    public abstract void Do(int first, int end);

    /// <summary>Does all tasks.</summary>
    /// <param name="count">The number of tasks.</param>
    /// <param name="size">How much work they are in all: elements of a sweep, or anything that takes about as long.</param>
    /// <param name="threads">The largest number of threads, ≥ 1.</param>
    protected void RunAll(int count, long size, int threads)
    {
        if (size < MinElements || threads < 2 || count < 2 || (size <= _timings.Short && --_timings.Skips > 0))
        {
            Do(0, count);
        }
        else
        {
            RunTimed(count, size, threads);
        }
    }

    private void RunTimed(int count, long size, int threads)
    {
        var ticks = _timings.Pace * size;
        var start = Stopwatch.GetTimestamp();
        var own = ticks < MinTicks ? -1 : Workers.All.Run(this, count, ticks, threads, start);
        if (own < 0)
        {
            Do(0, count);
            own = count;
        }

        // A caller that was interrupted may find everything done.
        if (own > 0 && (ticks < MinTicks || _timings.Runs < FirstRuns || _timings.Runs % TimedEvery == 0))
        {
            RecordPace(Stopwatch.GetTimestamp() - start, (double)size * own / count);
            (_timings.Short, _timings.Skips) = _timings.Runs >= FirstRuns && _timings.Pace * size < MinTicks ? (size, SkippedRuns) : (0, 0);
        }

        _timings.Runs = (_timings.Runs + 1) & int.MaxValue;
    }

    // The minimum is the best estimate: longer times include what else the machine did. A slower pace is adopted gradually.
    private void RecordPace(long ticks, double size)
    {
        var pace = Math.Max(ticks, 1) / size;
        _timings.Pace = _timings.Pace == 0 || pace < _timings.Pace
            ? pace
            : _timings.Pace + ((Math.Min(pace, 2 * _timings.Pace) - _timings.Pace) / 8);
    }

    // What the caller writes in every run: not on the cache lines of the fields that workers read.
    [StructLayout(LayoutKind.Explicit, Size = 160)]
    private struct Timings
    {
        [FieldOffset(64)]
        public double Pace;

        [FieldOffset(72)]
        public long Short;

        [FieldOffset(80)]
        public int Runs;

        [FieldOffset(84)]
        public int Skips;
    }
}
