using System.Diagnostics;
using System.Runtime.InteropServices;

namespace OptCore.Kernels;

/// <summary>
/// The worker threads of the process, and the decision how many of them help. One caller at a time; others do their work
/// alone.
/// </summary>
/// <remarks>
/// The tasks of a run are dealt in equal shares of neighbours, so that every thread finds in its cache what it left there in
/// the last step. A thread that has finished its share takes from the end of others'. The caller never waits for a worker
/// that has not begun, so that one which wakes late, or has lost its processor, takes a smaller share or none.
/// </remarks>
internal sealed class Workers
{
    // The rest of a share stays with its thread if it takes no longer than this: moving its data to another cache costs more.
    private static readonly double MoveCost = Clock.Microseconds(3);

    // Threads take an eighth of their share at a time, but no shorter and no longer pieces than these.
    private static readonly double MinBite = Clock.Microseconds(2);
    private static readonly double MaxBite = Clock.Microseconds(5);

    // What the caller pays to wake a worker, and to offer work to one that does not take it.
    private static readonly double WakeCost = Clock.Microseconds(10);
    private static readonly double OfferCost = Clock.Microseconds(0.5);

    // If the caller waits longer than this, another program has interrupted a worker.
    private static readonly double StallTime = Clock.Microseconds(20);

    // Who has the workers: nobody, a caller, or for a moment a worker that lets go of the last work.
    private const int Free = 0, Calling = 1, Releasing = 2;

    // After a loss the caller works alone for PausePerLoss times the time lost, longer after several losses in a row.
    private const double PausePerLoss = 20;
    private const int MaxLosses = 10;
    private static readonly double MaxPause = Clock.Microseconds(100_000);

    private static readonly Lazy<Workers> Process = new(() => new Workers(Environment.ProcessorCount - 1));

    private readonly Worker[] _workers;
    private readonly Partition _partition;
    private readonly Cadence _cadence = new();

    // Written only when they change, so that they stay in the workers' caches.
    private SharedWork? _work;
    private int _parts;
    private int _bite;
    private int _least;
    private bool _moves;
    private Callers _callers;

    /// <summary>Starts threads; the library has one such object, see <see cref="All"/>.</summary>
    internal Workers(int count)
    {
        _partition = new Partition(count + 1);
        _workers = [.. Enumerable.Range(1, count).Select(part => new Worker(part, _partition, _cadence, Help, Release))];
    }

    /// <summary>One worker for each processor but the caller's.</summary>
    public static Workers All => Process.Value;

    /// <summary>Does the tasks on several threads if that pays.</summary>
    /// <param name="work">The work.</param>
    /// <param name="count">The number of its tasks.</param>
    /// <param name="ticks">How long they are expected to take on one thread.</param>
    /// <param name="threads">The largest number of threads.</param>
    /// <param name="now">The time.</param>
    /// <returns>The number of tasks that the caller did itself; −1 if nothing was done.</returns>
    public int Run(SharedWork work, int count, double ticks, int threads, long now)
    {
        var soon = _cadence.Record(now, ticks);
        if (now < Volatile.Read(ref _callers.PausedUntil))
        {
            return -1;
        }

        var most = Math.Min(threads - 1, _workers.Length);
        var helpers = Helpers(most, ticks, worker => worker.Delay);
        if (helpers > 0)
        {
            return Run(work, count, ticks, helpers);
        }

        // Small steps that follow one another closely are worth workers that are awake: for the steps to come.
        if (most > 0 && soon && _cadence.Miss(ticks / 2, WakeCost))
        {
            helpers = Helpers(most, ticks, _ => Worker.SpinDelay);
            for (var i = 0; i < helpers; i++)
            {
                _workers[i].Wake();
            }
        }

        return -1;
    }

    /// <summary>Forgets past losses: someone finds out anew whether sharing pays.</summary>
    public void ForgetLosses()
    {
        _callers.Losses = 0;
        Volatile.Write(ref _callers.PausedUntil, 0);
        _cadence.RecordUse();
    }

    /// <summary>Does the tasks on this thread and the given number of workers, whether that pays or not.</summary>
    /// <returns>The number of tasks that the caller did itself; −1 if the workers serve another caller and nothing was done.</returns>
    internal int Run(SharedWork work, int count, double ticks, int helpers)
    {
        if (!TryEnter())
        {
            return -1;
        }

        try
        {
            Split(work, count, ticks, helpers + 1);
            var woken = 0;
            for (var i = 0; i < helpers; i++)
            {
                woken += _workers[i].Wake() ? 1 : 0;
            }

            var own = DoShare(0, begins: false) + Steal(0);
            var (idle, loss) = (0, 0.0);
            for (var i = 0; i < helpers; i++)
            {
                if (_partition.TryWithdraw(i + 1, out var first, out var end))
                {
                    work.Do(first, end);
                    own += end - first;
                    idle++;
                }
                else
                {
                    loss = Math.Max(loss, _workers[i].Await());
                }
            }

            RecordLoss(loss > StallTime + (2 * ticks * _bite / count) ? loss : idle == helpers ? OfferCost + (woken * WakeCost) : 0);
            if (idle < helpers)
            {
                _cadence.RecordUse();
            }

            return own;
        }
        finally
        {
            Volatile.Write(ref _callers.Busy, Free);
        }
    }

    private bool TryEnter()
    {
        var found = Interlocked.CompareExchange(ref _callers.Busy, Calling, Free);
        for (var wait = default(SpinWait); found == Releasing; wait.SpinOnce(-1))
        {
            found = Interlocked.CompareExchange(ref _callers.Busy, Calling, Free);
        }

        return found == Free;
    }

    // Several losses in a row mean that sharing does not work at the moment: the caller works alone for a while. A single loss
    // may be a worker that was just waking up.
    private void RecordLoss(double loss)
    {
        _callers.Losses = loss == 0 ? 0 : Math.Min(_callers.Losses + 1, MaxLosses);
        if (loss > 0)
        {
            var pause = Math.Min(loss * PausePerLoss * (_callers.Losses - 1), MaxPause);
            Volatile.Write(ref _callers.PausedUntil, Stopwatch.GetTimestamp() + (long)pause);
        }
    }

    // The k-th helper shortens the work from 1/k to 1/(k + 1) of its length.
    private int Helpers(int most, double ticks, Func<Worker, double> cost)
    {
        var helpers = 0;
        while (helpers < most && ticks > cost(_workers[helpers]) * (helpers + 1) * (helpers + 2))
        {
            helpers++;
        }

        return helpers;
    }

    private void Split(SharedWork work, int count, double ticks, int parts)
    {
        var share = ticks / parts;
        var task = Math.Max(ticks / count, double.Epsilon);
        var moves = share > 3 * MoveCost;
        var bite = !moves ? count : (int)Math.Clamp(Math.Clamp(share / 8, MinBite, MaxBite) / task, 1, count);
        var least = (int)Math.Min(MoveCost / task, count);
        if (_work != work || _parts != parts || _moves != moves || _bite != bite || _least != least)
        {
            (_work, _parts, _moves, _bite, _least) = (work, parts, moves, bite, least);
        }

        _partition.Keep(0, 0, count / parts);
        for (var i = 1; i < parts; i++)
        {
            _partition.Offer(i, (int)((long)count * i / parts), (int)((long)count * (i + 1) / parts));
        }
    }

    // Drops the reference to the last work, which may keep large vectors alive. Called when a worker parks.
    private void Release()
    {
        if (Interlocked.CompareExchange(ref _callers.Busy, Releasing, Free) == Free)
        {
            _work = null;
            Volatile.Write(ref _callers.Busy, Free);
        }
    }

    // A worker's part in a run.
    private void Help(int part)
    {
        if (DoShare(part, begins: true) > 0)
        {
            Steal(part);
            _partition.Finish(part);
        }
    }

    private int DoShare(int part, bool begins)
    {
        var done = 0;
        while (_partition.TryTakeFirst(part, _bite, begins, out var first, out var end))
        {
            _work!.Do(first, end);
            done += end - first;
        }

        return done;
    }

    // Takes tasks from the end of other threads' shares.
    private int Steal(int part)
    {
        var done = 0;
        for (var i = 1; i < _parts && _moves; i++)
        {
            var other = (part + i) % _parts;
            while (_partition.TryTakeLast(other, _bite, _least, out var first, out var end))
            {
                _work!.Do(first, end);
                done += end - first;
            }
        }

        return done;
    }

    // What every run writes, on cache lines of its own.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Callers
    {
        [FieldOffset(128)]
        public int Busy;

        [FieldOffset(132)]
        public int Losses;

        [FieldOffset(136)]
        public long PausedUntil;
    }
}
