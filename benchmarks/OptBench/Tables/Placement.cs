using OptBench.Contenders;
using OptBench.Measuring;
using OptCore;

namespace OptBench.Tables;

/// <summary>What the address of the caller's gradient costs.</summary>
internal static class Placement
{
    public const string Name = "placement";

    private const int CacheLine = 64;
    private const int Each = 1;

    public static void Run(Report report, Options options)
    {
        Report.Title(
            "Where the gradient lies",
            "Adam, f32, one thread: time over the fastest, for gradients at every cache line of a page. Where a vector that is stored "
            + "lies just ahead of the gradient "
            + "modulo 4096 bytes, loads wait for stores that only seem to have their address.");
        Report.Header("n", "median", "worst", "share above 1.2 ×", "worst when p is this many lines ahead");
        foreach (var length in new[] { 100, 300, 1000, 3000, 10_000, 100_000 })
        {
            Row(report, options, length);
        }
    }

    private static void Row(Report report, Options options, int length)
    {
        using var problem = new Problem<float>(Rule.Adam, length);
        var plan = Rule.Adam.Compose().Plan<float>(Layout.Plain(length), new Execution { Threads = 1 });
        var places = Enumerable.Range(0, Vectors<float>.Page / CacheLine / Each).Select(i => i * Each).ToArray();
        var samples = Rounds.Measure(
            [.. places.Select(lines => new Composed<float>(problem, plan, "placed", lines * CacheLine))],
            options.CellSeconds,
            options.WarmUp,
            settle: true);
        var fastest = samples.Min(sample => sample.Time.Median);
        var ratios = samples.Select(sample => sample.Time.Median / fastest).ToArray();
        var spread = Spread.Of(ratios);
        var worst = ratios.Max();
        report.Add(Name, Rule.Adam, "f32", length, "worst", new Spread(spread.Median, worst, worst));
        Report.Row(
            Report.Length(length), Report.Number(spread.Median), Report.Number(worst),
            $"{100 * ratios.Count(ratio => ratio > 1.2) / ratios.Length} %", Report.Length(places[Array.IndexOf(ratios, worst)]));
    }
}
