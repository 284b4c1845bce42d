using System.Globalization;
using System.Text;

namespace OptCore;

/// <summary>Writes what <see cref="Optimizer.Explain"/> returns.</summary>
internal static class Explanation
{
    private sealed record Row(string Phase, string What, string Formula, string Remark);

    public static string Of(Optimizer optimizer)
    {
        var text = new StringBuilder().AppendLine(optimizer.ToString());
        Append(text, optimizer, string.Empty);
        foreach (var warning in optimizer.Warnings())
        {
            text.AppendLine($"warning: {warning}");
        }

        return text.ToString().TrimEnd();
    }

    private static void Append(StringBuilder text, Optimizer optimizer, string indent)
    {
        foreach (var part in optimizer.Parts)
        {
            text.AppendLine($"{indent}tensors \"{part.Pattern}\": {part.Optimizer}");
            Append(text, part.Optimizer, indent + "  ");
        }

        if (optimizer.Parts.Count > 0)
        {
            text.AppendLine($"{indent}all tensors:");
            indent += "  ";
        }

        var rows = Rows(optimizer).ToArray();
        var widths = new Func<Row, string>[] { row => row.Phase, row => row.What, row => row.Formula }
            .Select(column => rows.Max(row => column(row).Length))
            .ToArray();
        foreach (var row in rows)
        {
            var line = $"{indent}  {row.Phase.PadRight(widths[0])}  {row.What.PadRight(widths[1])}  {row.Formula.PadRight(widths[2])}  {row.Remark}";
            text.AppendLine(line.TrimEnd());
        }
    }

    private static IEnumerable<Row> Rows(Optimizer optimizer)
    {
        var before = optimizer.Stages.Where(placed => placed.Stage.Phase <= Phase.Step).ToArray();
        yield return new Row("gradient", string.Empty, "u = g", Gradients(optimizer));
        foreach (var stage in optimizer.FlowStages ?? [])
        {
            yield return RowOf(new ScopedStage(stage, Scope.Everywhere), "flow");
        }

        foreach (var placed in before)
        {
            yield return RowOf(placed, PhaseName(placed.Stage.Phase));
        }

        foreach (var row in StepRows(optimizer))
        {
            yield return row;
        }

        foreach (var placed in optimizer.Stages.Skip(before.Length))
        {
            yield return RowOf(placed, PhaseName(placed.Stage.Phase));
        }
    }

    private static IEnumerable<Row> StepRows(Optimizer optimizer)
    {
        var inside = (optimizer.FlowStages ?? []).Concat(optimizer.Stages.Select(placed => placed.Stage)).Any(stage => stage.Has(StageTraits.RateInside));
        yield return new Row("step", string.Empty, inside ? "p = p − u  (the rate is inside u)" : "p = p − η_t u", string.Empty);
        var factors = optimizer.Schedules.Where(placed => placed.Scope.IsEverywhere).Select(placed => $" · {placed.Schedule.Equation}");
        var rate = optimizer.Parts.Count > 0 ? "the part's rate" : Number(optimizer.Rate);
        yield return new Row(string.Empty, "rate", $"η_t = {rate}{string.Concat(factors)}", string.Empty);
        foreach (var placed in optimizer.Schedules.Where(placed => !placed.Scope.IsEverywhere))
        {
            yield return new Row(string.Empty, "rate", $"η_t · {placed.Schedule.Equation}", placed.Scope.ToString());
        }

        foreach (var factor in optimizer.RateFactors)
        {
            yield return new Row(string.Empty, "rate", $"η_t · {Number(factor.Factor)}", $"only \"{factor.Pattern}\"");
        }

        foreach (var pattern in optimizer.Frozen)
        {
            yield return new Row(string.Empty, "frozen", "p = p", $"only \"{pattern}\"");
        }
    }

    private static Row RowOf(ScopedStage placed, string phase)
    {
        var slots = placed.Stage.Slots.Where(slot => slot.Kind == SlotKind.Element).Select(slot => slot.Name.Length == 0 ? StageNames.Of(placed.Stage) : slot.Name);
        var state = string.Join(", ", slots);
        var remark = string.Join("; ", new[] { state.Length > 0 ? $"state {state}" : string.Empty, placed.Scope.ToString() }.Where(part => part.Length > 0));
        return new Row(phase, Words.Print(placed.Stage), placed.Stage.Equation, remark);
    }

    private static string Gradients(Optimizer optimizer)
    {
        var probe = optimizer.Stages.Select(placed => placed.Stage).OfType<IProbe>().FirstOrDefault();
        return probe is null ? "g at p" : $"g at the point of {Words.Print(probe)}";
    }

    private static string PhaseName(Phase phase) => phase.ToString().ToLowerInvariant();

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
