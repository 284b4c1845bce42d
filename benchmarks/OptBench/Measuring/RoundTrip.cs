using System.Diagnostics;

namespace OptBench.Measuring;

/// <summary>
/// How long a word takes from one processor to another and back: what bounds a shared step from below. It tells where the
/// two are: below 70 ns on most machines two threads of one core, which share its arithmetic; about 100 ns two cores with a common cache;
/// 300 ns and more two cores without. The host of a virtual machine may move them at any time.
/// </summary>
internal static class RoundTrip
{
    private const int Trips = 2000;
    private const int Repeats = 7;

    // Two words on cache lines of their own; processors fetch lines in pairs.
    private const int There = 16, Back = 48, Length = 64;

    /// <summary>Nanoseconds; NaN where there is one processor.</summary>
    public static IEnumerable<double> Measure()
    {
        if (Environment.ProcessorCount == 1)
        {
            return [double.NaN];
        }

        var words = new long[Length];
        var answering = new Thread(() => Answer(words)) { IsBackground = true };
        answering.Start();
        var times = new double[Repeats];
        long sent = 0;
        for (var i = 0; i < Repeats; i++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var trip = 0; trip < Trips; trip++)
            {
                Volatile.Write(ref words[There], ++sent);
                Await(ref words[Back], sent);
            }

            times[i] = Stopwatch.GetElapsedTime(start).TotalNanoseconds / Trips;
        }

        answering.Join();
        return times;
    }

    private static void Answer(long[] words)
    {
        for (long i = 1; i <= Trips * Repeats; i++)
        {
            Await(ref words[There], i);
            Volatile.Write(ref words[Back], i);
        }
    }

    private static void Await(ref long word, long value)
    {
        for (var spins = 1; Volatile.Read(ref word) != value; spins++)
        {
            // Where both threads are on one processor, one has to let the other go on.
            if (spins % 10_000 == 0)
            {
                Thread.Yield();
            }
        }
    }
}
