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
    // What is left of a share is not worth moving to another cache if it takes no longer than this.
    private static readonly double Moved = Clock.Microseconds(3);

    // Work is taken in bites between these, an eighth of a share where that lies between them.
    private static readonly double SmallBite = Clock.Microseconds(2);
    private static readonly double LargeBite = Clock.Microseconds(5);

    // What it costs the caller to wake a worker, and to offer work in vain to one that is awake.
    private static readonly double WakeCost = Clock.Microseconds(10);
    private static readonly double OfferCost = Clock.Microseconds(0.5);

    // Waits of the caller beyond this mean that a worker was interrupted.
    private static readonly double Stall = Clock.Microseconds(20);

    // Who has the workers: nobody, a caller, or for a moment a worker that lets go of the last work.
    private const int Free = 0, Calling = 1, Releasing = 2;

    // After a loss the caller works alone for so many times its length (and more after several in a row), at most for so long.
    private const double Caution = 20;
    private const int MostLosses = 10;
    private static readonly double LongestPause = Clock.Microseconds(100_000);

    private static readonly Lazy<Workers> Process = new(() => new Workers(Environment.ProcessorCount - 1));

    private readonly Worker[] _workers;
    private readonly Shares _shares;
    private readonly Rhythm _rhythm = new();

    // What workers read is written only where it changes, so that it stays in their caches.
    private SharedWork? _work;
    private int _parts;
    private int _bite;
    private int _least;
    private bool _moves;
    private Callers _callers;

    /// <summary>Starts threads; the library has one such object, see <see cref="All"/>.</summary>
    internal Workers(int count)
    {
        _shares = new Shares(count + 1);
        _workers = [.. Enumerable.Range(1, count).Select(part => new Worker(part, _shares, _rhythm, Assist, Release))];
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
        var soon = _rhythm.Beat(now, ticks);
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
        if (most > 0 && soon && _rhythm.Misses(ticks / 2, WakeCost))
        {
            helpers = Helpers(most, ticks, _ => Worker.Hot);
            for (var i = 0; i < helpers; i++)
            {
                _workers[i].Wake();
            }
        }

        return -1;
    }

    /// <summary>Forgets past losses: someone finds out anew whether sharing pays.</summary>
    public void Forgive()
    {
        _callers.Losses = 0;
        Volatile.Write(ref _callers.PausedUntil, 0);
        _rhythm.Serve();
    }

    /// <summary>Does the tasks on this thread and so many workers, whether that pays or not.</summary>
    /// <returns>The number of tasks that the caller did itself; −1 if the workers serve another caller and nothing was done.</returns>
    internal int Run(SharedWork work, int count, double ticks, int helpers)
    {
        if (!TryEnter())
        {
            return -1;
        }

        try
        {
            Deal(work, count, ticks, helpers + 1);
            var woken = 0;
            for (var i = 0; i < helpers; i++)
            {
                woken += _workers[i].Wake() ? 1 : 0;
            }

            var own = DoShare(0, begins: false) + TakeOver(0);
            var (idle, loss) = (0, 0.0);
            for (var i = 0; i < helpers; i++)
            {
                if (_shares.TryWithdraw(i + 1, out var first, out var end))
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

            Learn(loss > Stall + (2 * ticks * _bite / count) ? loss : idle == helpers ? OfferCost + (woken * WakeCost) : 0);
            if (idle < helpers)
            {
                _rhythm.Serve();
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

    // After losses in a row the workers are left alone for a while, the longer the more they were. A single one is no sign:
    // a worker may just be waking.
    private void Learn(double loss)
    {
        _callers.Losses = loss == 0 ? 0 : Math.Min(_callers.Losses + 1, MostLosses);
        if (loss > 0)
        {
            var pause = Math.Min(loss * Caution * (_callers.Losses - 1), LongestPause);
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

    private void Deal(SharedWork work, int count, double ticks, int parts)
    {
        var share = ticks / parts;
        var task = Math.Max(ticks / count, double.Epsilon);
        var moves = share > 3 * Moved;
        var bite = !moves ? count : (int)Math.Clamp(Math.Clamp(share / 8, SmallBite, LargeBite) / task, 1, count);
        var least = (int)Math.Min(Moved / task, count);
        if (_work != work || _parts != parts || _moves != moves || _bite != bite || _least != least)
        {
            (_work, _parts, _moves, _bite, _least) = (work, parts, moves, bite, least);
        }

        _shares.Keep(0, 0, count / parts);
        for (var i = 1; i < parts; i++)
        {
            _shares.Offer(i, (int)((long)count * i / parts), (int)((long)count * (i + 1) / parts));
        }
    }

    // Lets go of the last work, which may hold on to large vectors: at the latest when a worker parks.
    private void Release()
    {
        if (Interlocked.CompareExchange(ref _callers.Busy, Releasing, Free) == Free)
        {
            _work = null;
            Volatile.Write(ref _callers.Busy, Free);
        }
    }

    // A worker's part in a run.
    private void Assist(int part)
    {
        if (DoShare(part, begins: true) > 0)
        {
            TakeOver(part);
            _shares.Finish(part);
        }
    }

    private int DoShare(int part, bool begins)
    {
        var done = 0;
        while (_shares.TryTakeFirst(part, _bite, begins, out var first, out var end))
        {
            _work!.Do(first, end);
            done += end - first;
        }

        return done;
    }

    // From the end of what others have not begun.
    private int TakeOver(int part)
    {
        var done = 0;
        for (var i = 1; i < _parts && _moves; i++)
        {
            var other = (part + i) % _parts;
            while (_shares.TryTakeLast(other, _bite, _least, out var first, out var end))
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
