using System.Numerics;
using System.Runtime.Intrinsics;
using OptBench.Contenders;
using OptBench.Measuring;
using OptCore;

namespace OptBench.Tables;

/// <summary>The longest elementwise rules beside kernels written by hand.</summary>
internal static class LongRules
{
    public const string Name = "rules";

    private static readonly (string Word, double Rate)[] Words = [("ftrl", 0.1), ("madgrad", 0.01), ("cocob", 1)];

    public static void Run(Report report, Options options)
    {
        if (!Vector512.IsHardwareAccelerated)
        {
            Console.WriteLine("The table rules needs vectors of 512 bits.");
            return;
        }

        Report.Title(
            "Long elementwise rules",
            "One thread, the defaults: the composed session's time over that of a fused kernel written by hand for these defaults.");
        Report.Header("rule", "type", "n", "ns/step", "ns/parameter", "÷ hand");
        foreach (var (word, rate) in Words)
        {
            Rows<float>(word, rate, "f32", 2e-4, report, options);
            Rows<double>(word, rate, "f64", 1e-10, report, options);
        }
    }

    private static void Rows<T>(string word, double rate, string type, double tolerance, Report report, Options options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check<T>(word, rate, tolerance);
        foreach (var length in new[] { 1_000, 10_000, 100_000, 1_000_000 })
        {
            using var problem = new Problem<T>(Rule.Momentum, length);
            var samples = Rounds.Measure(
                Contenders(problem, word, rate), options.CellSeconds, options.FirstWarmUp, Lineup.Settles(length));
            var ratio = samples[0].Over(samples[1]);
            report.Add(Name, word, type, length, "÷ hand", ratio);
            var time = samples[0].Time.Median;
            Report.Row(word, type, Report.Length(length), Report.Number(time), Report.Number(time / length), ratio.ToString());
        }
    }

    private static Contender[] Contenders<T>(Problem<T> problem, string word, double rate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var optimizer = Optimizer.Parse(FormattableString.Invariant($"{word} {rate}"));
        var plan = optimizer.Plan<T>(Layout.Plain(problem.Length), new Execution { Threads = 1 });
        return [new Composed<T>(problem, plan, word), new HandWrittenRule<T>(problem, word, rate)];
    }

    // Both compute the same.
    private static void Check<T>(string word, double rate, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var problem = new Problem<T>(Rule.Momentum, 1003);
        var contenders = Contenders(problem, word, rate);
        foreach (var contender in contenders)
        {
            contender.Run(20);
        }

        foreach (var (a, b) in contenders[0].Parameters().Zip(contenders[1].Parameters()))
        {
            // Not greater rather than smaller: NaN must fail.
            if (!(Math.Abs(a - b) <= tolerance * Math.Max(1, Math.Abs(b))))
            {
                throw new InvalidOperationException($"{word}: composed {a}, by hand {b}.");
            }
        }

        foreach (var contender in contenders)
        {
            contender.Dispose();
        }
    }
}
