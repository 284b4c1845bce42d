using System.Globalization;
using OptBench.Contenders;
using OptBench.Measuring;
using OptCore;

namespace OptBench.Tables;

/// <summary>What each further stage costs.</summary>
internal static class Stages
{
    public const string Name = "stages";

    public static void Run(Report report, Options options)
    {
        Report.Title(
            "Cost of each further stage",
            "f32, one thread: `sgd` with k stages `scale` (no state) or k stages `ema` (one slot each), time over that of `sgd` alone, "
            + "and nanoseconds a step for each stage.");
        Report.Header("n", "stages", "scale ÷ sgd", "ns/stage", "ema ÷ sgd", "ns/stage");
        foreach (var length in new[] { 10, 10_000 })
        {
            foreach (var count in new[] { 1, 2, 4, 8, 12, 13, 16, 20 })
            {
                Row(report, options, length, count);
            }
        }
    }

    private static void Row(Report report, Options options, int length, int count)
    {
        // Factors below 1, so that nothing grows; the loop is a new type for every count and warms up each time.
        var samples = Lineup.Measure<float>(
            Rule.Momentum, length, options with { CellSeconds = 0.15, FirstWarmUp = 0.25 }, first: true, problem =>
            [
                Make(problem, 0, optimizer => optimizer),
                Make(problem, count, optimizer => optimizer.Scale(0.99)),
                Make(problem, count, optimizer => optimizer.Ema(0.5)),
            ]);
        var (scale, ema) = (samples[1].Over(samples[0]), samples[2].Over(samples[0]));
        report.Add(Name, count.ToString(CultureInfo.InvariantCulture), "f32", length, "scale", scale);
        report.Add(Name, count.ToString(CultureInfo.InvariantCulture), "f32", length, "ema", ema);
        Report.Row(
            Report.Length(length), count.ToString(CultureInfo.InvariantCulture),
            scale.ToString(), Report.Number((samples[1].Time.Median - samples[0].Time.Median) / count),
            ema.ToString(), Report.Number((samples[2].Time.Median - samples[0].Time.Median) / count));
    }

    private static Composed<float> Make(Problem<float> problem, int count, Func<Optimizer, Optimizer> stage)
    {
        var optimizer = Optimizer.Sgd(Rules.Rate);
        for (var i = 0; i < count; i++)
        {
            optimizer = stage(optimizer);
        }

        return new Composed<float>(problem, optimizer.Plan<float>(Layout.Plain(problem.Length), new Execution { Threads = 1 }), "stages");
    }
}
