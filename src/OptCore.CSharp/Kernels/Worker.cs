using System.Diagnostics;

namespace OptCore.Kernels;

/// <summary>
/// One worker thread. Without work it spins, after a moment yields now and then, and after the patience of the
/// <see cref="Rhythm"/> parks.
/// </summary>
internal sealed class Worker
{
    private const int Idle = 0, Offered = 1, Taken = 2;
    private const int Spinning = 0, Yielding = 1, Parked = 2, Waking = 3;

    // How long it takes until a worker begins, with a margin: work that is shared should gain by it. A worker that yields
    // may be back in a microsecond, or have lost its processor to another program.
    private static readonly double AfterYield = Clock.Microseconds(8);
    private static readonly double AfterParking = Clock.Microseconds(40);

    private static readonly double YieldFree = Clock.Microseconds(10);

    private readonly int _part;
    private readonly Rhythm _rhythm;
    private readonly Func<int, int> _help;
    private readonly AutoResetEvent _signal = new(false);
    private int _state;
    private int _rest;

    /// <param name="part">The number of its share.</param>
    /// <param name="rhythm">Says how long to wait for work.</param>
    /// <param name="help">Does the work that is offered.</param>
    public Worker(int part, Rhythm rhythm, Func<int, int> help)
    {
        (_part, _rhythm, _help) = (part, rhythm, help);
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

    /// <summary>Offers work.</summary>
    /// <returns>Whether the worker had to be woken.</returns>
    public bool Offer()
    {
        Interlocked.Exchange(ref _state, Offered);
        return Wake();
    }

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

    /// <summary>Takes back what was offered, if the worker has not begun.</summary>
    public bool TryWithdraw() => Interlocked.CompareExchange(ref _state, Idle, Offered) == Offered;

    /// <summary>Waits until the worker has done what it has begun.</summary>
    /// <returns>How long that took in ticks; 0 for a moment.</returns>
    public double Await()
    {
        long start = 0, waited = 0;
        for (var spins = 1; Volatile.Read(ref _state) != Idle; spins++)
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
            if (Interlocked.CompareExchange(ref _state, Taken, Offered) == Offered)
            {
                _help(_part);
                Volatile.Write(ref _state, Idle);
            }
        }
    }

    private void AwaitOffer()
    {
        var start = Stopwatch.GetTimestamp();
        for (var spins = 1; Volatile.Read(ref _state) != Offered; spins++)
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
        // Whoever offers work sets the state first and looks for a parked worker then; here it is the other way round.
        Interlocked.Exchange(ref _rest, Parked);
        if (Volatile.Read(ref _state) != Offered || Interlocked.CompareExchange(ref _rest, Spinning, Parked) != Parked)
        {
            _signal.WaitOne();
        }

        Volatile.Write(ref _rest, Spinning);
    }
}
