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
        foreach (var branch in Branch.Of(optimizer))
        {
            Append(text, branch);
        }

        foreach (var warning in optimizer.Warnings())
        {
            text.AppendLine($"warning: {warning}");
        }

        return text.ToString().TrimEnd();
    }

    private static void Append(StringBuilder text, Branch branch)
    {
        var indent = string.Empty;
        foreach (var pattern in branch.Patterns)
        {
            text.AppendLine($"{indent}tensors \"{pattern}\":");
            indent += "  ";
        }

        var rows = Rows(branch).ToArray();
        var widths = new Func<Row, string>[] { row => row.Phase, row => row.What, row => row.Formula }
            .Select(column => rows.Max(row => column(row).Length))
            .ToArray();
        foreach (var row in rows)
        {
            var line = $"{indent}  {row.Phase.PadRight(widths[0])}  {row.What.PadRight(widths[1])}  {row.Formula.PadRight(widths[2])}  "
                + $"{row.Remark}";
            text.AppendLine(line.TrimEnd());
        }
    }

    private static IEnumerable<Row> Rows(Branch branch)
    {
        var flow = branch.Flow.OrderByDescending(one => one.Stage.Has(StageTraits.Leads)).ToList();
        var before = flow.Count(one => one.Stage.Phase <= Phase.Step);
        yield return new Row("gradient", string.Empty, "u = g", Gradients(branch));
        foreach (var one in flow.Take(before))
        {
            var isListed = branch.Head.FlowStages is { } listed && listed.Contains(one.Stage);
            yield return RowOf(one, isListed ? "flow" : PhaseName(one.Stage.Phase));
        }

        foreach (var row in StepRows(branch))
        {
            yield return row;
        }

        foreach (var one in flow.Skip(before))
        {
            yield return RowOf(one, PhaseName(one.Stage.Phase));
        }
    }

    private static IEnumerable<Row> StepRows(Branch branch)
    {
        var inside = branch.Flow.Any(one => one.Stage.Has(StageTraits.RateInside));
        var taken = branch.Flow.FirstOrDefault(one => one.Stage is IOwnsParameters { TakesStep: true });
        var step = taken is not null ? $"taken by {StageNames.Of(taken.Stage)}"
            : inside ? "p = p − u  (the rate is inside u)"
            : "p = p − η_t u";
        yield return new Row("step", string.Empty, step, string.Empty);
        var factors = branch.Schedules.Where(placed => placed.Scope.IsEverywhere).Select(placed => $" · {placed.Schedule.Equation}");
        yield return new Row(string.Empty, "rate", $"η_t = {Number(branch.Head.Rate)}{string.Concat(factors)}", string.Empty);
        foreach (var placed in branch.Schedules.Where(placed => !placed.Scope.IsEverywhere))
        {
            yield return new Row(string.Empty, "rate", $"η_t · {placed.Schedule.Equation}", placed.Scope.ToString());
        }

        foreach (var value in branch.Values)
        {
            yield return new Row(string.Empty, "follows", value.ToString(), value.Scope.ToString());
        }

        foreach (var factor in branch.RateFactors)
        {
            yield return new Row(string.Empty, "rate", $"η_t · {Number(factor.Factor)}", $"only \"{factor.Pattern}\"");
        }

        foreach (var pattern in branch.Frozen)
        {
            yield return new Row(string.Empty, "frozen", "p = p", $"only \"{pattern}\"");
        }
    }

    private static Row RowOf(BranchStage one, string phase)
    {
        var placed = one.Placed;
        var slots = placed.Stage.Slots.Where(slot => slot.Kind == SlotKind.Element).Select(
            slot => slot.Name.Length == 0 ? StageNames.Of(placed.Stage) : slot.Name);
        var state = string.Join(", ", slots);
        string[] remarks = [state.Length > 0 ? $"state {state}" : "", placed.Scope.ToString(), one.Shared ? "over all tensors" : ""];
        var remark = string.Join("; ", remarks.Where(part => part.Length > 0));
        return new Row(phase, Words.Print(placed.Stage), placed.Stage.Equation, remark);
    }

    private static string Gradients(Branch branch)
    {
        var probe = branch.Flow.Select(one => one.Stage).OfType<IProbe>().FirstOrDefault();
        return probe is null ? "g at p" : $"g at the point of {Words.Print(probe)}";
    }

    private static string PhaseName(Phase phase) => phase.ToString().ToLowerInvariant();

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
