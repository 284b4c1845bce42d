using OptBench.Measuring;

namespace OptBench.Tables;

/// <summary>The targets T1 to T9 and T11 against what was measured.</summary>
internal static class Targets
{
    public static void Run(Report report)
    {
        Report.Title(
            "Targets",
            "Medians. A range is over the lengths and optimizers that the target names; the worst decides. What was not measured in this "
            + "run is left out.");
        Report.Header("", "target", "measured", "");
        var composed = Grid(
            report, "÷ hand", f => f.Length is >= 1000 and <= 1_000_000 && f.Rule is "Adam" or "AdamW + clip + cosine" or "SGD + momentum");
        AtMost(
            "T1",
            "Adam, AdamW + clip + cosine, SGD + momentum, 1e3 … 1e6: ≤ 1.05 × hand-written",
            [.. composed.Where(f => f.Length is >= 1000 and <= 1_000_000)],
            1.05);
        AtMost(
            "T2",
            "n = 1e7: ≤ 1.053 × a copy loop (95 %), Adam and momentum",
            Grid(report, "÷ copy", f => f.Type == "f32" && f.Length == 10_000_000 && f.Rule is "Adam" or "SGD + momentum", 10_000_000),
            1.053);
        AtMost("T3", "Adam f32, n = 10: ≤ 25 ns", Grid(report, "ns", f => f.Type == "f32" && f.Rule == "Adam", 10), 25);
        AtMost(
            "T3",
            "AdamW + clip + cosine f32, n = 10: ≤ 50 ns",
            Grid(report, "ns", f => f.Type == "f32" && f.Rule == "AdamW + clip + cosine", 10),
            50);
        AtMost(
            "T3",
            "Adam, AdamW + clip + cosine f32, n = 100: ≤ 1.3 × hand-written",
            Grid(report, "÷ hand", f => f.Type == "f32" && f.Rule.StartsWith("Adam", StringComparison.Ordinal), 100),
            1.3);
        AtMost("T3", "every composed step: 0 bytes", Grid(report, "bytes", _ => true), 0);
        AtMost(
            "T4",
            "a new combination of stages, plan and first step: ≤ 5 ms",
            [.. report.Where(FirstSteps.Name, "plan + first step", f => f.Rule == FirstSteps.Combined)],
            5);
        AtMost(
            "T4",
            "a pipeline with stages not used before: ≤ 5 ms",
            [.. report.Where(FirstSteps.Name, "plan + first step", f => f.Rule == FirstSteps.Unused)],
            5);
        AtMost(
            "T4",
            "the first in the process: ≤ 15 ms",
            [.. report.Where(FirstSteps.Name, "plan + first step", f => f.Rule == FirstSteps.First)],
            15);
        AtMost(
            "T4", "full speed from the third step: ≤ 1.5 × steady", [.. report.Where(FirstSteps.Name, "third ÷ steady", _ => true)], 1.5);
        AtLeast(
            "T5",
            "2 threads, a worker awake, Adam, 1e5 and 1e6: ≥ 1.8 ×",
            Grid(report, "2 threads ×", f => f.Rule == "Adam", 100_000, 1_000_000),
            1.8);
        AtLeast("T5", "2 threads, a worker awake, Adam, 1e4: ≥ 1.5 ×", Grid(report, "2 threads ×", f => f.Rule == "Adam", 10_000), 1.5);
        AtLeast("T5", "2 threads never slower: ≥ 0.95 × everywhere", Grid(report, "2 threads ×", _ => true), 0.95);
        AtMost("T6", "deterministic norm: ≤ 1.05 × plain, from 1e3", [.. report.Where(Norms.Name, "÷ plain", f => f.Length >= 1000)], 1.05);
        AtMost(
            "T7",
            "reuse ≤ 1.10 × in place, 1e3 … 1e5",
            [.. report.Where(PureSteps.Name, "reuse", f => f.Length is >= 1000 and <= 100_000)],
            1.10);
        AtMost("T7", "reuse ≤ 1.5 × in place, 1e7", [.. report.Where(PureSteps.Name, "reuse", f => f.Length == 10_000_000)], 1.5);
        foreach (var (length, least) in new[] { (10, 1000.0), (1000, 80), (10_000, 9), (100_000, 3.5), (1_000_000, 3.5), (10_000_000, 7) })
        {
            AtLeast(
                "T8",
                $"PyTorch's Adam, n = {Report.Length(length)}: ≥ {Report.Number(least)} × slower",
                [.. report.Where(Peers.Name, "PyTorch ×", f => f.Length == length && f is { Rule: "Adam", Type: "f32" })],
                least);
        }

        AtMost(
            "T9",
            "1,000 tensors of 100: ≤ 1.1 × one of 1e5, Adam, AdamW + clip + cosine, SGD + momentum",
            [.. report.Where(ManyTensors.Name, "many", f => f.Rule != "LAMB")],
            1.1);
        foreach (var (tensors, most) in
            new[] { (Bound.Small, 1.15), (Bound.Ten, 1.3), (Bound.Network, 1.05), (Bound.Large, 1.03), (Bound.Larger, 1.03) })
        {
            AtMost(
                "T11",
                $"steps in the caller's tensors, {tensors}: ≤ {Report.Number(most)} × one vector",
                [.. report.Where(Bound.Name, tensors, _ => true)],
                most);
        }
    }

    private static Figure[] Grid(Report report, string what, Func<Figure, bool> choice, params int[] lengths) =>
        [.. report.Where(Tables.Grid.Name, what, f => choice(f) && (lengths.Length == 0 || lengths.Contains(f.Length)))];

    private static void AtMost(string name, string text, Figure[] figures, double limit) =>
        Row(name, text, figures, figure => figure.Median <= limit, worstFirst: -1);

    private static void AtLeast(string name, string text, Figure[] figures, double limit) =>
        Row(name, text, figures, figure => figure.Median >= limit, worstFirst: 1);

    private static void Row(string name, string text, Figure[] figures, Func<Figure, bool> met, int worstFirst)
    {
        if (figures.Length == 0)
        {
            return;
        }

        var worst = figures.MinBy(figure => figure.Median * worstFirst)!;
        var best = figures.MaxBy(figure => figure.Median * worstFirst)!;
        var missed = figures.Count(figure => !met(figure));
        var measured = figures.Length == 1
            ? new Spread(worst.Low, worst.Median, worst.High).ToString()
            : $"{Report.Number(best.Median)} … {Report.Number(worst.Median)} (worst: {worst.Rule}, {worst.Type}, "
                + $"{Report.Length(worst.Length)}, [{Report.Number(worst.Low)}–{Report.Number(worst.High)}])";
        Report.Row(
            name, text, measured, missed == 0 ? "met" : figures.Length == 1 ? "**missed**" : $"**missed** in {missed} of {figures.Length}");
    }
}
