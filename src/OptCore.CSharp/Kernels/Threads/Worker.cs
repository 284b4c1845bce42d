using System.Diagnostics;

namespace OptCore.Kernels;

/// <summary>
/// One worker thread. Without work it spins, after a moment yields now and then, and after the patience of the
/// <see cref="Rhythm"/> parks.
/// </summary>
internal sealed class Worker
{
    private const int Spinning = 0, Yielding = 1, Parked = 2, Waking = 3;

    // How long it takes until a worker begins, with a margin: work that is shared should gain by it. A worker that yields
    // may be back in a microsecond, or have lost its processor to another program.
    private static readonly double AfterYield = Clock.Microseconds(8);
    private static readonly double AfterParking = Clock.Microseconds(40);

    private static readonly double YieldFree = Clock.Microseconds(10);

    private readonly int _part;
    private readonly Shares _shares;
    private readonly Rhythm _rhythm;
    private readonly Action<int> _help;
    private readonly Action _release;
    private readonly AutoResetEvent _signal = new(false);
    private int _rest;

    /// <param name="part">The number of its share.</param>
    /// <param name="shares">The shares; work is offered by dealing.</param>
    /// <param name="rhythm">Says how long to wait for work.</param>
    /// <param name="help">Does the work that is offered, if it still is.</param>
    /// <param name="release">Lets go of the last work; called before the worker parks.</param>
    public Worker(int part, Shares shares, Rhythm rhythm, Action<int> help, Action release)
    {
        (_part, _shares, _rhythm, _help, _release) = (part, shares, rhythm, help, release);
        new Thread(Loop) { IsBackground = true, Name = $"OptCore worker {part}" }.Start();
    }

    /// <summary>The delay that counts for a worker that spins, in ticks.</summary>
    public static double Hot { get; } = Clock.Microseconds(1);

    /// <summary>How long it may take until this one begins, in ticks.</summary>
    public double Delay => Volatile.Read(ref _rest) switch
    {
        Spinning => Hot,
        Yielding => AfterYield,
        _ => AfterParking,
    };

    /// <summary>Wakes the worker if it is parked.</summary>
    /// <returns>Whether it was.</returns>
    public bool Wake()
    {
        if (Volatile.Read(ref _rest) != Parked || Interlocked.CompareExchange(ref _rest, Waking, Parked) != Parked)
        {
            return false;
        }

        _signal.Set();
        return true;
    }

    /// <summary>Waits until the worker has done what it has begun.</summary>
    /// <returns>How long that took in ticks; 0 for a moment.</returns>
    public double Await()
    {
        long start = 0, waited = 0;
        for (var spins = 1; _shares.IsBusy(_part); spins++)
        {
            Thread.SpinWait(1);
            if (spins % 64 == 0)
            {
                var now = Stopwatch.GetTimestamp();
                start = start == 0 ? now : start;
                waited = now - start;
                if (waited > YieldFree && spins % 256 == 0)
                {
                    Thread.Yield();
                }
            }
        }

        return waited;
    }

    private void Loop()
    {
        while (true)
        {
            AwaitOffer();
            _help(_part);
        }
    }

    private void AwaitOffer()
    {
        var start = Stopwatch.GetTimestamp();
        for (var spins = 1; !_shares.IsOffered(_part); spins++)
        {
            Thread.SpinWait(1);
            if (spins % 64 == 0)
            {
                var waited = Stopwatch.GetTimestamp() - start;
                if (waited > _rhythm.Patience)
                {
                    Park();
                    start = Stopwatch.GetTimestamp();
                }
                else if (waited > YieldFree && spins % 256 == 0)
                {
                    Volatile.Write(ref _rest, Yielding);
                    Thread.Yield();
                    Volatile.Write(ref _rest, Spinning);
                }
            }
        }
    }

    private void Park()
    {
        _release();

        // Whoever offers work deals first and looks for a parked worker then; here it is the other way round.
        Interlocked.Exchange(ref _rest, Parked);
        if (!_shares.IsOffered(_part) || Interlocked.CompareExchange(ref _rest, Spinning, Parked) != Parked)
        {
            _signal.WaitOne();
        }

        Volatile.Write(ref _rest, Spinning);
    }
}
