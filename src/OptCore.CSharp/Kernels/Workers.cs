using System.Diagnostics;

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

    // After a loss the caller works alone for so many times its length (and more after several in a row), at most for so long.
    private const double Caution = 20;
    private const int MostLosses = 10;
    private static readonly double LongestPause = Clock.Microseconds(100_000);

    private static readonly Lazy<Workers> Process = new(() => new Workers(Environment.ProcessorCount - 1));

    private readonly Worker[] _workers;
    private readonly Shares _shares;
    private readonly Rhythm _rhythm = new();
    private SharedWork? _work;
    private int _busy;
    private int _parts;
    private int _bite;
    private int _least;
    private bool _moves;
    private int _losses;
    private long _pausedUntil;

    /// <summary>Starts threads; the library has one such object, see <see cref="All"/>.</summary>
    internal Workers(int count)
    {
        _shares = new Shares(count + 1);
        _workers = [.. Enumerable.Range(1, count).Select(part => new Worker(part, _rhythm, Help))];
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
        if (now < Volatile.Read(ref _pausedUntil))
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
        _losses = 0;
        Volatile.Write(ref _pausedUntil, 0);
        _rhythm.Serve();
    }

    /// <summary>Does the tasks on this thread and so many workers, whether that pays or not.</summary>
    /// <returns>The number of tasks that the caller did itself; −1 if the workers serve another caller and nothing was done.</returns>
    internal int Run(SharedWork work, int count, double ticks, int helpers)
    {
        if (Interlocked.CompareExchange(ref _busy, 1, 0) != 0)
        {
            return -1;
        }

        try
        {
            Deal(work, count, ticks, helpers + 1);
            var woken = 0;
            for (var i = 0; i < helpers; i++)
            {
                woken += _workers[i].Offer() ? 1 : 0;
            }

            var own = Help(0);
            var (idle, loss) = (0, 0.0);
            for (var i = 0; i < helpers; i++)
            {
                if (_workers[i].TryWithdraw())
                {
                    own += DoShare(i + 1);
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
            _work = null;
            Volatile.Write(ref _busy, 0);
        }
    }

    // After losses in a row the workers are left alone for a while, the longer the more they were. A single one is no sign:
    // a worker may just be waking.
    private void Learn(double loss)
    {
        _losses = loss == 0 ? 0 : Math.Min(_losses + 1, MostLosses);
        if (loss > 0)
        {
            var pause = Math.Min(loss * Caution * (_losses - 1), LongestPause);
            Volatile.Write(ref _pausedUntil, Stopwatch.GetTimestamp() + (long)pause);
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
        (_work, _parts) = (work, parts);
        _moves = share > 3 * Moved;
        _bite = !_moves ? count : (int)Math.Clamp(Math.Clamp(share / 8, SmallBite, LargeBite) / task, 1, count);
        _least = (int)Math.Min(Moved / task, count);
        for (var i = 0; i < parts; i++)
        {
            _shares.Deal(i, (int)((long)count * i / parts), (int)((long)count * (i + 1) / parts));
        }
    }

    private int Help(int part)
    {
        var done = DoShare(part);
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

    private int DoShare(int part)
    {
        var done = 0;
        while (_shares.TryTakeFirst(part, _bite, out var first, out var end))
        {
            _work!.Do(first, end);
            done += end - first;
        }

        return done;
    }
}
