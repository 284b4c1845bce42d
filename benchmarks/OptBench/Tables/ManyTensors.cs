using OptBench.Contenders;
using OptBench.Measuring;
using OptCore;

namespace OptBench.Tables;

/// <summary>Many small tensors against one large one.</summary>
internal static class ManyTensors
{
    public const string Name = "tensors";
    public const int Count = 1000;
    public const int Each = 100;

    public static void Run(Report report, Options options)
    {
        Report.Title(
            "1,000 tensors of 100 elements against one of 100,000",
            "f32, one thread: time of the many over time of the one; and one thread's time of the many over two threads'. LAMB works "
            + "tensor by tensor, twice.");
        Report.Header("optimizer", "one, ns", "many ÷ one", "many, 2 threads ×");
        foreach (var rule in new[] { Rule.Adam, Rule.ClipAdamW, Rule.Momentum, Rule.Lamb })
        {
            var many = Layout.Of(Enumerable.Range(0, Count).Select(i => ($"layer{i}", new[] { Each })));
            var samples = Lineup.Measure<float>(
                rule,
                Count * Each,
                options,
                first: true,
                problem => [new Composed<float>(problem, 1), new Composed<float>(problem, 1, many), new Composed<float>(problem, 2, many)]);
            var ratio = samples[1].Over(samples[0]);
            var shared = samples[1].Over(samples[2]);
            report.Add(Name, rule, "f32", Count * Each, "many", ratio);
            report.Add(Name, rule, "f32", Count * Each, "many, 2 threads ×", shared);
            Report.Row(rule.Text(), Report.Number(samples[0].Time.Median), ratio.ToString(), shared.ToString());
        }
    }
}
