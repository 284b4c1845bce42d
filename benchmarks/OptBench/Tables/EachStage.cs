using OptBench.Contenders;
using OptBench.Measuring;
using OptCore;

namespace OptBench.Tables;

/// <summary>What every stage adds to plain gradient descent.</summary>
internal static class EachStage
{
    public const string Name = "each";
    private const int Length = 10_000;

    private static readonly string[] Stages =
    [
        "skipNonFinite 3", "accumulate 2", "clip 1.0", "clipValue 0.1", "clipPerTensor 1.0", "clipAdaptive 0.01",
        "centralize", "normalize", "noise 0.01 0.5 7",
        "l2 0.01", "l1 0.01",
        "momentum 0.9", "nesterov 0.9", "ema 0.9", "velocity 0.9",
        "weightDecay 0.01", "scale 0.5", "clipUpdate 1.0", "trustRatio",
        "within -1.0 1.0", "nonNegative", "ball 1.0", "simplex 1.0", "l1Ball 1.0", "proxL1 0.01",
        "lookahead 5 0.5", "average 0.99", "polyakAverage",
    ];

    public static void Run(Report report, Options options)
    {
        Report.Title(
            "What each stage adds",
            "f32, 10,000 parameters in two matrices and a vector, one thread: `sgd` with one stage over `sgd` alone, and the nanoseconds "
            + "a parameter that the stage adds.");
        Report.Header("stage", "÷ sgd", "ns/parameter");
        foreach (var stage in Stages)
        {
            using var problem = new Problem<float>(Rule.Momentum, Length);
            var samples = Rounds.Measure(
                [Session(problem, "sgd 0.001"), Session(problem, $"sgd 0.001 |> {stage}")],
                options.CellSeconds / 4,
                4 * options.WarmUp,
                settle: false);
            var ratio = samples[1].Over(samples[0]);
            report.Add(Name, stage, "f32", Length, "÷ sgd", ratio);
            Report.Row($"`{stage}`", ratio.ToString(), Report.Number((samples[1].Time.Median - samples[0].Time.Median) / Length));
        }
    }

    private static Composed<float> Session(Problem<float> problem, string text)
    {
        var layout = Layout.Empty.Add("w", 100, 50).Add("v", 50, 90).Add("b", 500);
        return new Composed<float>(problem, Optimizer.Parse(text).Plan<float>(layout, new Execution { Threads = 1 }), text);
    }
}
