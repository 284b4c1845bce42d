using System.Diagnostics;
using OptBench.Contenders;

namespace OptBench.Measuring;

/// <summary>
/// Measures contenders round by round, each in every round and in changing order, so that what disturbs the machine for a
/// while disturbs them all. Slow contenders sit out most rounds.
/// </summary>
internal static class Rounds
{
    private const double SampleSeconds = 0.0004;

    // One in so many of a turn's steps run before it, uncounted.
    private const int SettlingPart = 2;
    private const int FewestRounds = 5;
    private const int MostRounds = 101;

    /// <summary>Measures; disposes the contenders.</summary>
    /// <param name="contenders">Who is measured. The first one is the reference for who is slow.</param>
    /// <param name="seconds">How long the rounds may take together.</param>
    /// <param name="warmUp">How long everyone runs before.</param>
    /// <param name="settle">
    /// Whether uncounted steps precede each sample, so that its data are back in the cache and its workers awake.
    /// </param>
    public static Samples[] Measure(IReadOnlyList<Contender> contenders, double seconds, double warmUp, bool settle)
    {
        var samples = contenders.Select(contender => new Samples(contender.Name)).ToArray();
        var steps = contenders.Select(contender => WarmUp(contender, warmUp)).ToArray();
        for (var i = 0; i < steps.Length; i++)
        {
            samples[i].Bytes = BytesPerStep(contenders[i], Math.Min(steps[i], 100));
        }

        var start = Stopwatch.GetTimestamp();
        for (var round = 0; round < MostRounds && (round < FewestRounds || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds); round++)
        {
            for (var k = 0; k < samples.Length; k++)
            {
                var i = (k + round) % samples.Length;
                var slow = steps[i] * 4 <= steps[0]
                    || (steps[i] == 1 && steps[0] == 1 && i > 0 && samples[i].Time.Median > 2.5 * samples[0].Time.Median);
                if (slow && round >= 3 && round % 8 != 0)
                {
                    continue;
                }

                if (settle)
                {
                    contenders[i].Run(Math.Max(1, steps[i] / SettlingPart));
                }

                samples[i].Add(round, Sample(contenders[i], steps[i]));
            }
        }

        foreach (var contender in contenders)
        {
            contender.Dispose();
        }

        return samples;
    }

    /// <summary>Nanoseconds a step.</summary>
    public static double Sample(Contender contender, int steps)
    {
        var start = Stopwatch.GetTimestamp();
        contender.Run(steps);
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / steps;
    }

    // Returns the number of steps that make one sample.
    private static int WarmUp(Contender contender, double seconds)
    {
        contender.Run(1);
        var time = Sample(contender, 1) / 1e9;
        var start = Stopwatch.GetTimestamp();
        for (var done = 2; done < contender.FewestWarmUpSteps || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds;)
        {
            var count = (int)Math.Clamp(seconds / 20 / time, 1, 10_000);
            time = Sample(contender, count) / 1e9;
            done += count;
        }

        return (int)Math.Clamp(SampleSeconds / time, 1, 1_000_000);
    }

    private static double BytesPerStep(Contender contender, int steps)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        contender.Run(steps);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)steps;
    }
}
