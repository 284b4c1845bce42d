using System.Numerics;
using OptBench.Contenders;
using OptBench.Measuring;
using OptCore;

namespace OptBench.Tables;

/// <summary>Steps in the caller's tensors against steps on one vector with the same layout.</summary>
internal static class Bound
{
    public const string Name = "bound";

    public const string Small = "1,000 of 100";
    public const string Ten = "one of 10";
    public const string Network = "784-100-10";
    public const string Large = "4 of 1e4";
    public const string Larger = "10 of 1e5";

    private static readonly (string Name, Layout Layout)[] Layouts =
    [
        (Small, Many(1000, 100)),
        (Ten, Many(1, 10)),
        (Network, Layout.Of([("w1", [784, 100]), ("b1", [100]), ("w2", [100, 10]), ("b2", [10])])),
        (Large, Many(4, 10_000)),
        (Larger, Many(10, 100_000)),
    ];

    public static void Run(Report report, Options options)
    {
        Report.Title(
            "Steps in the caller's tensors",
            "One thread, arrays of the collector's, the same ones in every step: time of a bound session's step over that of a session on "
            + "one vector with the same layout. `by hand`: a careful hand's loop over arrays that lie in the same way, tensor by tensor "
            + "with masked rests, over the session on one vector: the least that these arrays cost.");
        Report.Header("optimizer", "type", "tensors", "one vector, ns", "bound ÷ one vector", "by hand ÷ one vector", "bound ÷ by hand");
        foreach (var rule in new[] { Rule.Adam, Rule.Momentum, Rule.ClipAdamW })
        {
            Rows<float>(rule, "f32", report, options);
            Rows<double>(rule, "f64", report, options);
        }
    }

    private static void Rows<T>(Rule rule, string type, Report report, Options options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (var (name, layout) in Layouts)
        {
            var isHandWritten = rule != Rule.ClipAdamW && HandWrittenTensors<T>.IsSupported;

            // One tensor and several are code of their own.
            var samples = Lineup.Measure<T>(rule, layout.Length, options, first: true, problem =>
            [
                new Composed<T>(problem, 1, layout),
                new ComposedBound<T>(problem, 1, layout),
                .. isHandWritten ? new Contender[] { new HandWrittenTensors<T>(problem, layout) } : [],
            ]);
            var ratio = samples[1].Over(samples[0]);
            report.Add(Name, rule, type, layout.Length, name, ratio);
            Report.Row(
                rule.Text(),
                type,
                name,
                Report.Number(samples[0].Time.Median),
                ratio.ToString(),
                isHandWritten ? samples[2].Over(samples[0]).ToString() : string.Empty,
                isHandWritten ? samples[1].Over(samples[2]).ToString() : string.Empty);
        }
    }

    private static Layout Many(int count, int each) => Layout.Of(Enumerable.Range(0, count).Select(i => ($"layer{i}", new[] { each })));
}
