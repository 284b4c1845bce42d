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
    public const int Least = 2048;

    /// <summary>Work that takes less, in ticks, is not shared: about the break-even point of a worker that is awake.</summary>
    public static readonly double Shortest = 2 * Worker.Hot;

    // The first runs are all timed; then one in so many; where the work is too short to be shared, one in so many.
    private const int FirstRuns = 4;
    private const int Often = 8;
    private const int Seldom = 64;

    private Timings _timings;

    /// <summary>Does the tasks [first, end). Must not throw, and must not depend on which thread does it.</summary>
    public abstract void Do(int first, int end);

    /// <summary>Does all tasks.</summary>
    /// <param name="count">The number of tasks.</param>
    /// <param name="size">How much work they are in all: elements of a sweep, or anything that takes about as long.</param>
    /// <param name="threads">The largest number of threads, ≥ 1.</param>
    protected void RunAll(int count, long size, int threads)
    {
        if (size < Least || threads < 2 || count < 2 || (size <= _timings.Short && --_timings.Skips > 0))
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
        var own = ticks < Shortest ? -1 : Workers.All.Run(this, count, ticks, threads, start);
        if (own < 0)
        {
            Do(0, count);
            own = count;
        }

        // A caller that was interrupted may find everything done.
        if (own > 0 && (ticks < Shortest || _timings.Runs < FirstRuns || _timings.Runs % Often == 0))
        {
            Note(Stopwatch.GetTimestamp() - start, (double)size * own / count);
            (_timings.Short, _timings.Skips) = _timings.Runs >= FirstRuns && _timings.Pace * size < Shortest ? (size, Seldom) : (0, 0);
        }

        _timings.Runs = (_timings.Runs + 1) & int.MaxValue;
    }

    // The shortest time is the truest: the others contain what the machine did besides. A slower pace is believed slowly.
    private void Note(long ticks, double size)
    {
        var pace = Math.Max(ticks, 1) / size;
        _timings.Pace = _timings.Pace == 0 || pace < _timings.Pace ? pace : _timings.Pace + ((Math.Min(pace, 2 * _timings.Pace) - _timings.Pace) / 8);
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
