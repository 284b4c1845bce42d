using System.Globalization;
using System.Text;

namespace OptCore;

/// <summary>A step seen from inside: what stood behind every stage, tensor by tensor, beside its report.</summary>
/// <param name="Report">The report of the step.</param>
/// <param name="Stages">The raw gradient, then every stage in the order in which it ran, the step among them; the raw gradient alone
/// where no update was made.</param>
public sealed record StepTrace(StepReport Report, IReadOnlyList<StageTrace> Stages)
{
    /// <summary>What stood behind a stage.</summary>
    /// <param name="stage">The stage's name in the plan; <c>gradient</c>, <c>step</c>.</param>
    /// <exception cref="ArgumentException">No stage of the step has that name; lists those there are.</exception>
    public StageTrace this[string stage] => Stages.FirstOrDefault(one => one.Stage == Require.NotNull(stage))
        ?? throw new ArgumentException(
            $"The step has no stage \"{stage}\"; it has {string.Join(", ", Stages.Select(one => one.Stage))}.", nameof(stage));

    /// <inheritdoc/>
    public bool Equals(StepTrace? other) => other is not null && Report.Equals(other.Report) && Stages.SequenceEqual(other.Stages);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Report, Stages.Count);

    /// <summary>
    /// The report, then a table: a row per stage, and per tensor where there are several; <c>sign g</c> is
    /// <see cref="StageTrace.Alignment"/>, <c>free</c> <see cref="StageTrace.WinRate"/>.
    /// </summary>
    /// <returns>Several lines.</returns>
    public override string ToString()
    {
        List<string[]> rows = [["stage", "tensor", "norm", "cos g", "sign g", "largest", "free", ""]];
        foreach (var stage in Stages)
        {
            var only = stage.Tensors.Count == 1 ? stage.Tensors[0].Tensor : string.Empty;
            rows.Add(
            [
                stage.Stage, only, Show(stage.Norm), Show(stage.Cosine), Show(stage.Alignment), Show(stage.Largest), Free(stage.WinRate),
                Remark(stage),
            ]);
            if (stage.Tensors.Count > 1)
            {
                rows.AddRange(stage.Tensors.Select(tensor => new[]
                {
                    string.Empty, tensor.Tensor, Show(tensor.Norm), Show(tensor.Cosine), Show(tensor.Alignment), Show(tensor.Largest),
                    Free(tensor.WinRate), Remark(stage, tensor),
                }));
            }
        }

        return Table(Report.ToString(), rows);
    }

    /// <summary>Rows as lines of aligned columns, the first two to the left, behind a title.</summary>
    internal static string Table(string title, List<string[]> rows)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder(title);
        foreach (var row in rows)
        {
            var cells = row.Select((cell, i) => i < 2 || i == row.Length - 1 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]));
            text.Append('\n').Append(string.Join("  ", cells).TrimEnd());
        }

        return text.ToString();
    }

    private static string Remark(StageTrace stage)
    {
        var broken = stage.NonFinite is { } found
            ? $"\"{found.Tensor}\"[{found.Index.ToString(CultureInfo.InvariantCulture)}] is not finite"
            : "";
        string[] remarks = [stage.Clipped ? "clipped" : stage.Limits ? "not clipped" : "", broken];
        return string.Join(", ", remarks.Where(remark => remark.Length > 0));
    }

    private static string Remark(StageTrace stage, TensorTrace tensor)
    {
        string[] remarks =
        [
            stage.Limits && tensor.Changed ? "clipped" : "",
            tensor.NonFinite >= 0 ? $"[{tensor.NonFinite.ToString(CultureInfo.InvariantCulture)}] is not finite" : "",
        ];
        return string.Join(", ", remarks.Where(remark => remark.Length > 0));
    }

    private static string Free(double rate) => double.IsNaN(rate) ? string.Empty : Show(rate);

    private static string Show(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
