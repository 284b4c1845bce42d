using System.Diagnostics;
using OptBench.Contenders;
using OptBench.Measuring;

namespace OptBench.Tables;

/// <summary>What two threads gain by the time between steps, which decides whether workers are awake.</summary>
internal static class Gaps
{
    public const string Name = "gaps";

    // Two cores with a common cache; elsewhere the machine decides, not the library.
    private const double Nearest = 75, Farthest = 200;

    private const double TurnSeconds = 0.02;
    private const double CellSeconds = 1.2, MostSeconds = 5;
    private const int Rounds = 8, WarmUpRounds = 4;

    private static readonly double[] Microseconds = [0, 5, 50, 500];

    public static void Run(Report report, Options options)
    {
        Report.Title(
            "Two threads, by the gap between steps",
            "f32: one thread's mean time of a step over two threads', without the slowest twentieth and without the first quarter of each "
            + "turn. Between two steps the caller computes for so long on its thread. "
            + $"Turns of {TurnSeconds * 1000} ms; only those in which a word took {Nearest} to {Farthest} ns to the other processor and "
            + "back, before and after.");
        Report.Header(["optimizer", "n", .. Microseconds.Select(gap => $"{gap} µs")]);
        foreach (var rule in new[] { Rule.Adam, Rule.ClipAdamW, Rule.Momentum, Rule.Lamb })
        {
            foreach (var length in new[] { 10_000, 30_000, 100_000, 300_000, 1_000_000 })
            {
                var gains = Microseconds.Select(gap => Gain(rule, length, gap)).ToArray();
                for (var i = 0; i < gains.Length; i++)
                {
                    report.Add(Name, rule, "f32", length, $"{Microseconds[i]} µs", new Spread(gains[i], gains[i], gains[i]));
                }

                Report.Row([rule.Text(), Report.Length(length), .. gains.Select(Report.Number)]);
            }
        }
    }

    // NaN if the processors were never where they should be.
    private static double Gain(Rule rule, int length, double gap)
    {
        using var problem = new Problem<float>(rule, length);
        using var alone = new Composed<float>(problem, 1);
        using var shared = new Composed<float>(problem, 2);
        var times = new[] { alone, shared }.Select(contender => (Contender: contender, Times: new List<double>())).ToArray();
        var steps = (int)Math.Clamp(TurnSeconds * 1e6 / ((length * 0.3e-3) + gap), 10, 400);
        var start = Stopwatch.GetTimestamp();
        bool GoesOn(double seconds) => seconds < MostSeconds && (seconds < CellSeconds || times[0].Times.Count < Rounds * steps);
        for (var round = 0; GoesOn(Stopwatch.GetElapsedTime(start).TotalSeconds); round++)
        {
            var near = IsNear();
            var turns = times.Select(each => Turn(each.Contender, steps, gap)).ToArray();
            near &= IsNear();
            for (var i = 0; near && i < turns.Length && round >= WarmUpRounds; i++)
            {
                times[i].Times.AddRange(turns[i]);
            }
        }

        return Mean(times[0].Times) / Mean(times[1].Times);
    }

    private static bool IsNear() => Spread.Of(RoundTrip.Measure()) is { Low: > Nearest, High: < Farthest };

    private static List<double> Turn(Composed<float> contender, int steps, double gap)
    {
        var times = new List<double>(steps);
        for (var i = 0; i < steps; i++)
        {
            var before = Stopwatch.GetTimestamp();
            while (gap > 0 && Stopwatch.GetElapsedTime(before).TotalMicroseconds < gap)
            {
                Thread.SpinWait(5);
            }

            var time = Measuring.Rounds.Sample(contender, 1);
            if (i >= steps / 4)
            {
                times.Add(time);
            }
        }

        return times;
    }

    private static double Mean(List<double> times) => times.Count == 0 ? double.NaN : times.Order().Take(times.Count * 95 / 100).Average();
}
