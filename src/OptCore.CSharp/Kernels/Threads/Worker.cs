using System.Diagnostics;

namespace OptCore.Kernels;

/// <summary>
/// One worker thread. Without work it spins, after a moment yields now and then, and after the patience of the
/// <see cref="Cadence"/> parks.
/// </summary>
internal sealed class Worker
{
    private const int Spinning = 0, Yielding = 1, Parked = 2, Waking = 3;

    // How long it takes until a worker begins, with a margin: work that is shared should gain by it. A worker that yields
    // may be back in a microsecond, or have lost its processor to another program.
    private static readonly double YieldDelay = Clock.Microseconds(8);
    private static readonly double WakeDelay = Clock.Microseconds(40);

    private static readonly double SpinsAlone = Clock.Microseconds(10);

    private readonly int _part;
    private readonly Partition _partition;
    private readonly Cadence _cadence;
    private readonly Action<int> _help;
    private readonly Action _release;
    private readonly AutoResetEvent _signal = new(false);
    private int _rest;

    /// <param name="part">The number of its share.</param>
    /// <param name="partition">The tasks of every thread; work is offered by dealing.</param>
    /// <param name="cadence">Says how long to wait for work.</param>
    /// <param name="help">Does the work that is offered, if it still is.</param>
    /// <param name="release">Lets go of the last work; called before the worker parks.</param>
    public Worker(int part, Partition partition, Cadence cadence, Action<int> help, Action release)
    {
        (_part, _partition, _cadence, _help, _release) = (part, partition, cadence, help, release);
        new Thread(Loop) { IsBackground = true, Name = $"OptCore worker {part}" }.Start();
    }

    /// <summary>The delay that counts for a worker that spins, in ticks.</summary>
    public static double SpinDelay { get; } = Clock.Microseconds(1);

    /// <summary>How long it may take until this one begins, in ticks.</summary>
    public double Delay => Volatile.Read(ref _rest) switch
    {
        Spinning => SpinDelay,
        Yielding => YieldDelay,
        _ => WakeDelay,
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
        for (var spins = 1; _partition.IsBusy(_part); spins++)
        {
            Thread.SpinWait(1);
            if (spins % 64 == 0)
            {
                var now = Stopwatch.GetTimestamp();
                start = start == 0 ? now : start;
                waited = now - start;
                if (waited > SpinsAlone && spins % 256 == 0)
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
        for (var spins = 1; !_partition.IsOffered(_part); spins++)
        {
            Thread.SpinWait(1);
            if (spins % 64 == 0)
            {
                var waited = Stopwatch.GetTimestamp() - start;
                if (waited > _cadence.Patience)
                {
                    Park();
                    start = Stopwatch.GetTimestamp();
                }
                else if (waited > SpinsAlone && spins % 256 == 0)
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
        if (!_partition.IsOffered(_part) || Interlocked.CompareExchange(ref _rest, Spinning, Parked) != Parked)
        {
            _signal.WaitOne();
        }

        Volatile.Write(ref _rest, Spinning);
    }
}
