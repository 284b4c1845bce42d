namespace OptCore.Kernels;

/// <summary>
/// Finds out whether sharing pays for a whole step: times some steps alone and some shared, keeps to the faster way for a
/// while, and tries again.
/// </summary>
/// <remarks>
/// What single operations save says too little. An operation that only one thread can do reads what the others have in their
/// caches, the gradient lies where the caller computed it, and other programs use the processors. The bits are the same.
/// </remarks>
internal sealed class Trial
{
    // Steps that are timed, an odd number; before them, steps in which caches, worker and estimates settle.
    private const int Timed = 5;
    private const int Settling = 4;

    // Sharing must save a twentieth.
    private const double Gain = 0.95;

    // The steps between two trials: more and more while the answer stays the same; beyond some, for so long at most. Steps
    // that are shared are many, since each trial costs some that are not.
    private const int FewestSteps = 128;
    private const int ManySteps = 512;
    private const int MostSteps = 8192;

    private static readonly double LongRest = Clock.Microseconds(20_000);
    private static readonly double WakeUp = Clock.Microseconds(200);

    // A pause in which workers park.
    private static readonly double Pause = Clock.Microseconds(250);

    private readonly long[] _times = new long[Timed];
    private long _alone;
    private long _lastEnd;
    private int _count = -Settling;
    private int _rest;
    private int _length = FewestSteps;
    private bool _tries;
    private bool _paused;
    private bool _pays;

    /// <summary>Whether the coming step is to be shared.</summary>
    public bool Shares { get; private set; }

    /// <summary>Counts a step that need not be timed.</summary>
    /// <returns>False if the coming step must be timed and noted.</returns>
    public bool Rests()
    {
        if (_rest == 0)
        {
            return false;
        }

        // The next trial begins alone.
        Shares &= --_rest > 0;
        return true;
    }

    /// <summary>Notes a step.</summary>
    /// <param name="start">When it began.</param>
    /// <param name="end">When it ended.</param>
    public void Note(long start, long end)
    {
        var ticks = end - start;
        var pause = start - _lastEnd;
        _lastEnd = end;

        // A pause amid shared steps says nothing of them but that the workers must be woken again. One is forgiven: who
        // pauses behind every step has sleeping workers, and that is to be found out.
        if (_tries && !_paused && pause > Pause)
        {
            _paused = true;
            BeginToShare();
        }

        if (_count >= 0)
        {
            Insert(ticks);
        }

        if (++_count < Timed)
        {
            return;
        }

        var median = Math.Max(_times[Timed / 2], 1);
        if (!_tries && median >= SharedWork.Shortest)
        {
            (_alone, _tries, _paused, Shares) = (median, true, false, true);
            BeginToShare();
        }
        else
        {
            Settle(_tries && median < Gain * _alone, median);
        }
    }

    // A worker that sleeps is not woken for a single short step: it needs a while.
    private void BeginToShare()
    {
        Workers.All.Forgive();
        _count = -Settling - (int)(WakeUp / _alone);
    }

    private void Settle(bool pays, long median)
    {
        _length = pays == _pays ? Math.Min(2 * _length, MostSteps) : FewestSteps;
        _rest = (int)Math.Min(_length, Math.Max(pays ? ManySteps : FewestSteps, LongRest / median));
        (_pays, Shares, _tries, _count) = (pays, pays, false, -Settling);
    }

    // Keeps the times of a trial in order.
    private void Insert(long ticks)
    {
        var place = _count;
        for (; place > 0 && _times[place - 1] > ticks; place--)
        {
            _times[place] = _times[place - 1];
        }

        _times[place] = ticks;
    }
}
