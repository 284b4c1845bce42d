namespace OptCore.Kernels;

/// <summary>The tasks of a run that nobody has taken yet: one range for each thread, taken from both of its ends.</summary>
/// <param name="parts">The largest number of threads.</param>
internal sealed class Shares(int parts)
{
    // Two cache lines each: processors fetch them in pairs.
    private const int Stride = 128 / sizeof(long);

    // The first task in the lower half, the end in the upper one.
    private readonly long[] _left = new long[(parts + 1) * Stride];

    /// <summary>Gives the tasks [first, end) to a thread.</summary>
    public void Deal(int part, int first, int end) => Volatile.Write(ref Of(part), Pack(first, end));

    /// <summary>Takes up to so many tasks from the front of a share.</summary>
    /// <returns>False if none is left.</returns>
    public bool TryTakeFirst(int part, int most, out int first, out int end)
    {
        ref var share = ref Of(part);
        for (var seen = Volatile.Read(ref share); ;)
        {
            var stop = (int)(seen >> 32);
            first = (int)seen;
            end = Math.Min(stop, first + Math.Min(most, stop - first));
            if (first >= stop)
            {
                return false;
            }

            var before = Interlocked.CompareExchange(ref share, Pack(end, stop), seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }
    }

    /// <summary>Takes up to so many tasks from the back of a share of which more than <paramref name="least"/> are left.</summary>
    /// <returns>False if no more are left.</returns>
    public bool TryTakeLast(int part, int most, int least, out int first, out int end)
    {
        ref var share = ref Of(part);
        for (var seen = Volatile.Read(ref share); ;)
        {
            var start = (int)seen;
            end = (int)(seen >> 32);
            first = Math.Max(start, end - most);
            if (end - start <= least)
            {
                return false;
            }

            var before = Interlocked.CompareExchange(ref share, Pack(start, first), seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }
    }

    private static long Pack(int first, int end) => ((long)end << 32) | (uint)first;

    private ref long Of(int part) => ref _left[(part + 1) * Stride];
}
