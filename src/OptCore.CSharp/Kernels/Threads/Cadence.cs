namespace OptCore.Kernels;

/// <summary>
/// How closely pieces of work follow one another, and how long a worker should stay awake for the next one: a training loop
/// computes a gradient between two steps.
/// </summary>
/// <remarks>
/// Workers wait at most four times as long as the work takes: where the gaps are longer, the work is less than a fifth of
/// the loop, and a thread that waits all the time costs more than it gains. Races between callers only make a guess worse.
/// </remarks>
internal sealed class Cadence
{
    private static readonly double MinPatience = Clock.Microseconds(20);
    private static readonly double MaxReach = Clock.Microseconds(200);

    private const int MaxReluctance = 64;

    private long _lastEnd;
    private double _patience = MinPatience;
    private double _heavy;
    private double _missed;
    private int _reluctance = 1;

    /// <summary>How long a worker without work stays awake, in ticks.</summary>
    public double Patience => Volatile.Read(ref _patience);

    /// <summary>Notes a piece of work that begins.</summary>
    /// <returns>Whether it follows the last one so closely that a worker should be awake for the next one.</returns>
    public bool Record(long now, double ticks)
    {
        // A step may be several pieces: the longest says how long the gap behind the step may be.
        _heavy = Math.Max(ticks, 0.75 * _heavy);
        var reach = Math.Clamp(4 * _heavy, MinPatience, MaxReach);
        var gap = now - Volatile.Read(ref _lastEnd);
        Volatile.Write(ref _lastEnd, now + (long)ticks);
        if (gap > reach)
        {
            Volatile.Write(ref _patience, MinPatience);
            _missed = 0;
            return false;
        }

        if (gap > MinPatience)
        {
            Volatile.Write(ref _patience, 1.25 * reach);
        }

        return true;
    }

    /// <summary>Adds what a worker would have saved, had it been awake.</summary>
    /// <returns>Whether the sum has reached the cost of waking it; then the sum begins anew.</returns>
    public bool Miss(double ticks, double cost)
    {
        _missed += ticks;
        if (_missed < cost * _reluctance)
        {
            return false;
        }

        // The parts of one step follow one another closely, but what follows may be a long gap: unless workers that were
        // woken are of use, they are woken ever less.
        _reluctance = Math.Min(2 * _reluctance, MaxReluctance);
        _missed = 0;
        return true;
    }

    /// <summary>Notes that workers were of use, or are to be given a chance.</summary>
    public void RecordUse() => _reluctance = 1;
}
