using System.Numerics;
using OptBench.Measuring;
using OptCore.Kernels;

namespace OptBench.Tables;

/// <summary>The main table: every optimizer at every length against every competitor.</summary>
internal static class Grid
{
    public const string Name = "grid";

    private static bool _sharedBefore;

    public static void Run(Report report, Options options)
    {
        Report.Title(
            "Composed pipelines against everything else",
            "Medians with quartiles of the ratios of interleaved rounds. `hand` and `copy`: the composed session's time over that of a "
            + "hand-written fused kernel and of a copy loop with the same "
            + "streams, each with its gradient half a page behind its parameters (table `placement` says what other places cost). `2 "
            + "threads`: one thread's time over two threads', steps back to back and, as for all from 1e4 to 2e6, after half a turn that "
            + "is not counted: "
            + "a worker that is awake, and data in its cache; behind a long gap two threads gain less. `trip`: nanoseconds that a word "
            + "takes to the other processor and back, measured before and after the row: "
            + "about 100 between two cores, 30 to 60 between two threads of one core, which share its dividers, so that they gain little; "
            + "a virtual machine's processors move. The others: their time over the composed one's. One thread but for that column; bytes "
            + "are those allocated per composed step.");
        Report.Header(
            "optimizer",
            "type",
            "n",
            "ns/step",
            "ns/parameter",
            "÷ hand",
            "÷ copy",
            "2 threads ×",
            "trip",
            "TensorPrimitives ×",
            "MathNet ×",
            "scalar ×",
            "bytes");
        foreach (var rule in Enum.GetValues<Rule>())
        {
            Rows<float>(rule, "f32", report, options);
        }

        foreach (var rule in new[] { Rule.Adam, Rule.ClipAdamW, Rule.Momentum })
        {
            Rows<double>(rule, "f64", report, options);
        }
    }

    private static void Rows<T>(Rule rule, string type, Report report, Options options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Agreement.Check<T>(rule, type == "f32" ? 2e-4 : 1e-10);
        var first = true;
        foreach (var length in options.Lengths)
        {
            // f64 beyond Adam is there for its targets, which end at 1e6.
            if (type == "f64" && rule != Rule.Adam && length is < 1000 or > 1_000_000)
            {
                continue;
            }

            // The code that shares a step is new to the process where the first step is long enough.
            var shares = length >= SharedWork.MinElements;
            var before = RoundTrip.Measure();
            var samples = Lineup.Measure<T>(rule, length, options, first || (shares && !_sharedBefore), Lineup.All);
            var trip = Spread.Of(before.Concat(RoundTrip.Measure()));
            first = false;
            _sharedBefore |= shares;
            var (composed, hand, copy, two) = (samples[0], samples[1], samples[2], samples[3]);
            Spread[] ratios =
                [composed.Over(hand), composed.Over(copy), composed.Over(two), .. samples[4..].Select(other => other.Over(composed))];
            string[] names = ["÷ hand", "÷ copy", "2 threads ×", .. samples[4..].Select(other => $"{other.Name} ×")];
            report.Add(Name, rule, type, length, "ns", composed.Time);
            report.Add(Name, rule, type, length, "bytes", new Spread(composed.Bytes, composed.Bytes, composed.Bytes));
            report.Add(Name, rule, type, length, "trip", trip);
            for (var i = 0; i < ratios.Length; i++)
            {
                report.Add(Name, rule, type, length, names[i], ratios[i]);
            }

            Report.Row(
            [
                rule.Text(), type, Report.Length(length), Report.Number(composed.Time.Median), Report.Number(composed.Time.Median / length),
                .. ratios.Take(3).Select(ratio => ratio.ToString()), $"{trip.Low:0}–{trip.High:0}",
                .. ratios.Skip(3).Select(ratio => Report.Number(ratio.Median)), Report.Number(composed.Bytes),
            ]);
        }
    }
}
