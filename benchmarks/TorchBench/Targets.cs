using OptBench.Measuring;

namespace TorchBench;

/// <summary>The targets beside TorchSharp and libtorch (T10 to T12, T15), and whether they were met.</summary>
internal static class Targets
{
    public static void Run(Report report)
    {
        Report.Title("Targets", "f32, one thread; medians. Fused and TorchSharp over `bound`.");
        Report.Header("target", "measured", "");
        foreach (var (length, least) in new[] { (1000, 20.0), (10_000, 3.4), (100_000, 1.75), (1_000_000, 1.5), (10_000_000, 1.1) })
        {
            AtLeast(report, "T10 fused Adam", "single 1", $"Adam {Report.Length(length)}", "fused", least);
        }

        foreach (var length in new[] { 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000 })
        {
            AtLeast(report, "T10 fused SGD + momentum", "single 1", $"Momentum {Report.Length(length)}", "fused", 1);
        }

        foreach (var (length, most) in new[] { (10, 1.3), (10_000, 1.03), (100_000, 1.03), (1_000_000, 1.03), (10_000_000, 1.03) })
        {
            AtMost(report, "T11 bound ÷ flat", "single 1", $"Adam {Report.Length(length)}", "bound", most);
        }

        AtMost(report, "T11 bound ÷ flat", "lists 1", "Adam 1,000 × 100", "bound", 1.15);
        foreach (var model in Model.Real)
        {
            AtLeast(report, "T12 TorchSharp's Adam", "lists 1", $"Adam {model.Name}", "TorchSharp", 20);
        }

        foreach (var (model, least) in new[] { ("784-100-10", 2.0), ("ResNet-18", 1.08), ("1,000 × 100", 40) })
        {
            AtLeast(report, "T12 fused Adam", "lists 1", $"Adam {model}", "fused", least);
            AtLeast(report, "T12 fused Adam, both clipped", "lists 1", $"Adam + clip {model}", "fused", least);
        }

        foreach (var type in new[] { "f64", "f32" })
        {
            foreach (var figure in report.Where(Products.Name, "libtorch", figure => figure.Type == type))
            {
                Report.Row(
                    $"T15 product of {figure.Length}², {type}: ≥ 80 % of libtorch's",
                    $"{100 * figure.Median:0} %",
                    figure.Median >= 0.8 ? "met" : "missed");
            }
        }
    }

    private static void AtLeast(Report report, string target, string table, string rule, string what, double least) =>
        Row(report, $"{target}, {rule}: ≥ {Report.Number(least)}", table, rule, what, value => value >= least);

    private static void AtMost(Report report, string target, string table, string rule, string what, double most) =>
        Row(report, $"{target}, {rule}: ≤ {Report.Number(most)}", table, rule, what, value => value <= most);

    private static void Row(Report report, string text, string table, string rule, string what, Func<double, bool> isMet)
    {
        foreach (var figure in report.Where(table, what, figure => figure.Rule == rule && figure.Type == "f32"))
        {
            Report.Row(
                text,
                new Spread(figure.Low, figure.Median, figure.High).ToString(),
                isMet(figure.Median) ? "met" : "missed");
        }
    }
}
