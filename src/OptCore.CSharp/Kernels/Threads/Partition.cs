namespace OptCore.Kernels;

/// <summary>
/// The tasks of a run that nobody has taken yet: one range for each thread, taken from both of its ends. A worker's range is
/// also its only signal: it begins when there is one, and the caller waits until it has finished.
/// </summary>
/// <remarks>
/// One word for each, so that a worker has to fetch one cache line of another processor's to begin, and the caller one to
/// see the end: 50 ns each.
/// </remarks>
/// <param name="parts">The largest number of threads.</param>
internal sealed class Partition(int parts)
{
    // Two cache lines each: processors fetch them in pairs.
    private const int Stride = 128 / sizeof(long);

    // In the lower half of a word the first task, and whether the share's worker is at work; in the upper one the end.
    private const long Busy = 1L << 31;
    private const long Finished = 0;

    private readonly long[] _left = new long[(parts + 1) * Stride];

    /// <summary>Gives the tasks [first, end) to the caller itself.</summary>
    public void Keep(int part, int first, int end) => Volatile.Write(ref Of(part), Pack(first, end));

    /// <summary>Offers the tasks [first, end) to a worker, before everything that follows.</summary>
    public void Offer(int part, int first, int end) => Interlocked.Exchange(ref Of(part), Pack(first, end));

    /// <summary>Whether there is something for a worker that is not at work.</summary>
    public bool IsOffered(int part)
    {
        var seen = Volatile.Read(ref Of(part));
        return First(seen) < End(seen);
    }

    /// <summary>Takes tasks from the front of a share, at most <paramref name="most"/>; a worker that takes from its own share
    /// is at work from then on.</summary>
    /// <param name="part">The share.</param>
    /// <param name="most">The largest number of tasks.</param>
    /// <param name="begins">Whether the share's worker takes them.</param>
    /// <param name="first">The first task taken.</param>
    /// <param name="end">The end of the tasks taken.</param>
    /// <returns>False if none is left.</returns>
    public bool TryTakeFirst(int part, int most, bool begins, out int first, out int end)
    {
        ref var share = ref Of(part);
        for (var seen = Volatile.Read(ref share); ;)
        {
            var stop = End(seen);
            first = First(seen);
            end = first + Math.Min(most, stop - first);
            if (first >= stop)
            {
                return false;
            }

            var before = Interlocked.CompareExchange(ref share, Pack(end, stop) | (begins ? Busy : seen & Busy), seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }
    }

    /// <summary>Takes tasks from the back of a share of which more than <paramref name="least"/> are left, at most
    /// <paramref name="most"/>.</summary>
    /// <returns>False if no more are left.</returns>
    public bool TryTakeLast(int part, int most, int least, out int first, out int end)
    {
        ref var share = ref Of(part);
        for (var seen = Volatile.Read(ref share); ;)
        {
            var start = First(seen);
            end = End(seen);
            first = Math.Max(start, end - most);
            if (end - start <= least)
            {
                return false;
            }

            var before = Interlocked.CompareExchange(ref share, Pack(start, first) | (seen & Busy), seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }
    }

    /// <summary>Takes back what is left for a worker that has not begun.</summary>
    /// <returns>False if it has, or has finished already.</returns>
    public bool TryWithdraw(int part, out int first, out int end)
    {
        ref var share = ref Of(part);
        for (var seen = Volatile.Read(ref share); ;)
        {
            (first, end) = (First(seen), End(seen));
            if ((seen & Busy) != 0 || seen == Finished)
            {
                return false;
            }

            var before = Interlocked.CompareExchange(ref share, Finished, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }
    }

    /// <summary>Whether a worker is at work.</summary>
    public bool IsBusy(int part) => (Volatile.Read(ref Of(part)) & Busy) != 0;

    /// <summary>Notes that a worker has done what it took, and nothing is left.</summary>
    public void Finish(int part) => Volatile.Write(ref Of(part), Finished);

    private static int First(long word) => (int)(word & (Busy - 1));

    private static int End(long word) => (int)(word >> 32);

    private static long Pack(int first, int end) => ((long)end << 32) | (uint)first;

    private ref long Of(int part) => ref _left[(part + 1) * Stride];
}
