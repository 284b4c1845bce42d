using System.Diagnostics;

namespace OptCore.Kernels;

/// <summary>Work that several threads do together, each a part of it.</summary>
internal abstract class SharedWork
{
    /// <summary>Does part number <paramref name="part"/> of <paramref name="parts"/>. Must not throw.</summary>
    public abstract void Run(int part, int parts);
}

/// <summary>
/// The worker threads of the process. A worker spins for a moment after its work, then yields, then parks: handing work to
/// a spinning worker costs 0.2 µs, to a parked one 20–30 µs. One caller at a time; others do their work alone.
/// </summary>
internal sealed class Workers
{
    /// <summary>Fewer elements than this are not worth a hot worker.</summary>
    public const int LeastHot = 16 * 1024;

    /// <summary>Fewer elements than this are not worth waking a parked worker.</summary>
    public const int LeastParked = 256 * 1024;

    private static readonly Lazy<Workers> All = new(() => new Workers(Environment.ProcessorCount - 1));

    private readonly Worker[] _workers;
    private readonly Lock _gate = new();
    private long _lastCall;

    private Workers(int count) => _workers = [.. Enumerable.Range(0, count).Select(index => new Worker(index + 1))];

    /// <summary>Does the work on up to <paramref name="threads"/> threads if that pays for so many elements.</summary>
    /// <returns>False if nothing was done: the caller does it alone.</returns>
    public static bool TryRun(SharedWork work, long elements, int threads) =>
        threads > 1 && elements >= LeastHot && All.Value.Run(work, elements, threads);

    private bool Run(SharedWork work, long elements, int threads)
    {
        var helpers = Math.Min(threads - 1, _workers.Length);
        if (helpers == 0 || !_gate.TryEnter())
        {
            return false;
        }

        try
        {
            if (elements < LeastParked && !AllHot(helpers))
            {
                return false;
            }

            for (var i = 0; i < helpers; i++)
            {
                _workers[i].Offer(work, helpers + 1);
            }

            work.Run(0, helpers + 1);
            for (var i = 0; i < helpers; i++)
            {
                if (_workers[i].TryWithdraw())
                {
                    // It has not begun: on a busy machine waiting for it would cost more than doing its part.
                    work.Run(i + 1, helpers + 1);
                }
                else
                {
                    _workers[i].Await();
                }
            }

            _lastCall = Stopwatch.GetTimestamp();
            return true;
        }
        finally
        {
            _gate.Exit();
        }
    }

    // Small steps that follow one another closely are worth a worker that is awake; it is woken for the next one.
    private bool AllHot(int helpers)
    {
        var hot = true;
        for (var i = 0; i < helpers; i++)
        {
            hot &= _workers[i].IsHot;
        }

        if (!hot)
        {
            var now = Stopwatch.GetTimestamp();
            if (Stopwatch.GetElapsedTime(_lastCall, now) < Worker.Patience)
            {
                for (var i = 0; i < helpers; i++)
                {
                    _workers[i].Wake();
                }
            }

            _lastCall = now;
        }

        return hot;
    }

    private sealed class Worker
    {
        /// <summary>How long a worker stays awake without work.</summary>
        public static readonly TimeSpan Patience = TimeSpan.FromMicroseconds(50);

        private const int Idle = 0, Offered = 1, Taken = 2;

        private readonly int _part;
        private readonly ManualResetEventSlim _signal = new(false, spinCount: 0);
        private SharedWork? _work;
        private int _parts;
        private int _state;
        private int _parked;

        public Worker(int part)
        {
            _part = part;
            new Thread(Loop) { IsBackground = true, Name = $"OptCore worker {part}" }.Start();
        }

        public bool IsHot => Volatile.Read(ref _parked) == 0;

        public void Offer(SharedWork work, int parts)
        {
            _work = work;
            _parts = parts;
            Interlocked.Exchange(ref _state, Offered);
            Wake();
        }

        public void Wake()
        {
            if (Volatile.Read(ref _parked) == 1 && Interlocked.Exchange(ref _parked, 0) == 1)
            {
                _signal.Set();
            }
        }

        public bool TryWithdraw() => Interlocked.CompareExchange(ref _state, Idle, Offered) == Offered;

        public void Await()
        {
            for (var spins = 0; Volatile.Read(ref _state) != Idle; spins++)
            {
                Pause(spins);
            }
        }

        private static void Pause(int spins)
        {
            if (spins % 32 == 31)
            {
                Thread.Yield();
            }
            else
            {
                Thread.SpinWait(4);
            }
        }

        private void Loop()
        {
            while (true)
            {
                AwaitOffer();
                if (Interlocked.CompareExchange(ref _state, Taken, Offered) == Offered)
                {
                    _work!.Run(_part, _parts);
                    Volatile.Write(ref _state, Idle);
                }
            }
        }

        private void AwaitOffer()
        {
            var start = Stopwatch.GetTimestamp();
            for (var spins = 0; Volatile.Read(ref _state) != Offered; spins++)
            {
                Pause(spins);
                if (spins % 64 == 63 && Stopwatch.GetElapsedTime(start) > Patience)
                {
                    Park();
                    start = Stopwatch.GetTimestamp();
                }
            }
        }

        private void Park()
        {
            _signal.Reset();
            Interlocked.Exchange(ref _parked, 1);
            if (Volatile.Read(ref _state) != Offered)
            {
                _signal.Wait();
            }

            Interlocked.Exchange(ref _parked, 0);
        }
    }
}
