using OptBench.Contenders;
using OptBench.Measuring;

namespace OptBench.Tables;

/// <summary>The three ways to step.</summary>
internal static class PureSteps
{
    public const string Name = "pure";

    public static void Run(Report report, Options options)
    {
        Report.Title(
            "In place, pure with reuse, pure",
            "Adam, f32, one thread. Time over that of a session: `Step(state, g, reuse: older)` writes into the state before the last, "
            + "`Step(state, g)` into new memory.");
        Report.Header("n", "in place, ns", "reuse ÷ in place", "pure ÷ in place", "bytes in place", "bytes reuse", "bytes pure");
        var first = true;
        foreach (var length in options.Lengths)
        {
            var samples = Lineup.Measure<float>(
                Rule.Adam,
                length,
                options,
                first,
                problem => [new Composed<float>(problem, 1), new ComposedReuse<float>(problem), new ComposedPure<float>(problem)]);
            first = false;
            var (reuse, pure) = (samples[1].Over(samples[0]), samples[2].Over(samples[0]));
            report.Add(Name, Rule.Adam, "f32", length, "reuse", reuse);
            report.Add(Name, Rule.Adam, "f32", length, "pure", pure);
            Report.Row(
                [
                    Report.Length(length), Report.Number(samples[0].Time.Median), reuse.ToString(), pure.ToString(),
                    .. samples.Select(sample => Report.Number(sample.Bytes)),
                ]);
        }
    }
}
