namespace OptCore.Kernels;

/// <summary>
/// Finds out whether sharing pays for a whole step: times some steps alone and some shared, keeps to the faster way for a
/// while, and tries again.
/// </summary>
/// <remarks>
/// What single operations save says too little. An operation that only one thread can do reads what the others have in their
/// caches, the gradient lies where the caller computed it, and other programs use the processors. The bits are the same.
/// </remarks>
internal sealed class SharingTrial
{
    // Steps that are timed, an odd number; before them, steps in which caches, worker and estimates settle.
    private const int TimedSteps = 5;
    private const int WarmUpSteps = 4;

    // Sharing must save a twentieth.
    private const double MaxShareOfTime = 0.95;

    // The number of steps between two trials. It doubles while the answer stays the same; beyond MinTrialGap steps, a time
    // limit ends the gap early. Where sharing pays the gap is longer, since each trial makes some steps alone.
    private const int MinTrialGap = 128;
    private const int MinSharedGap = 512;
    private const int MaxTrialGap = 8192;

    private static readonly double MaxTrialPause = Clock.Microseconds(20_000);
    private static readonly double WakeUpTime = Clock.Microseconds(200);

    // A gap between steps in which workers park.
    private static readonly double ParkAfter = Clock.Microseconds(250);

    private readonly long[] _times = new long[TimedSteps];
    private long _alone;
    private long _lastEnd;
    private int _count = -WarmUpSteps;
    private int _rest;
    private int _length = MinTrialGap;
    private bool _tries;
    private bool _paused;
    private bool _pays;

    /// <summary>Whether the coming step is to be shared.</summary>
    public bool IsShared { get; private set; }

    /// <summary>Skips the timing of the coming step, if the answer of the last trial still counts.</summary>
    /// <returns>False if the coming step must be timed and noted.</returns>
    public bool TrySkip()
    {
        if (_rest == 0)
        {
            return false;
        }

        // The next trial begins alone.
        IsShared &= --_rest > 0;
        return true;
    }

    /// <summary>Notes a step.</summary>
    /// <param name="start">When it began.</param>
    /// <param name="end">When it ended.</param>
    public void Record(long start, long end)
    {
        var ticks = end - start;
        var pause = start - _lastEnd;
        _lastEnd = end;

        // After a pause in the middle of a trial's shared steps the workers have to be woken again, which says nothing about
        // sharing. One such pause restarts the trial; a second one counts, since a caller that pauses after every step always
        // finds parked workers.
        if (_tries && !_paused && pause > ParkAfter)
        {
            _paused = true;
            BeginToShare();
        }

        if (_count >= 0)
        {
            Insert(ticks);
        }

        if (++_count < TimedSteps)
        {
            return;
        }

        var median = Math.Max(_times[TimedSteps / 2], 1);
        if (!_tries && median >= SharedWork.MinTicks)
        {
            (_alone, _tries, _paused, IsShared) = (median, true, false, true);
            BeginToShare();
        }
        else
        {
            Settle(_tries && median < MaxShareOfTime * _alone, median);
        }
    }

    // A parked worker is not woken for one short step: it needs some steps to wake up.
    private void BeginToShare()
    {
        Workers.All.ForgetLosses();
        _count = -WarmUpSteps - (int)(WakeUpTime / _alone);
    }

    private void Settle(bool pays, long median)
    {
        _length = pays == _pays ? Math.Min(2 * _length, MaxTrialGap) : MinTrialGap;
        _rest = (int)Math.Min(_length, Math.Max(pays ? MinSharedGap : MinTrialGap, MaxTrialPause / median));
        (_pays, IsShared, _tries, _count) = (pays, pays, false, -WarmUpSteps);
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
