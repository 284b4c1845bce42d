using System.Globalization;

namespace OptCore;

/// <summary>What one update of a plan costs, stage by stage, from the compiled update: nothing is run or timed.</summary>
/// <param name="Elements">The number of parameters.</param>
/// <param name="ElementBytes">The bytes of a number: 4 or 8.</param>
/// <param name="Passes">The operations of the compiled update.</param>
/// <param name="StateBytes">The bytes of a state: parameters and slots.</param>
/// <param name="Stages">The stages in the order in which they run, the step among them.</param>
public sealed record PlanCost(long Elements, int ElementBytes, int Passes, long StateBytes, IReadOnlyList<StageCost> Stages)
{
    /// <summary>Arithmetic operations of one update, those on whole tensors apart.</summary>
    public long Operations => Stages.Sum(stage => stage.Operations * stage.Elements);

    /// <summary>
    /// The bytes that one update moves at least: gradient and parameters once, the parameters back, slots as stages read and write them.
    /// Every pass behind the first moves the update and what else it needs once more.
    /// </summary>
    public long Bytes => ElementBytes * ((3 * Elements) + Stages.Sum(stage => (stage.SlotReads + stage.SlotWrites) * stage.Elements));

    /// <inheritdoc/>
    public bool Equals(PlanCost? other) =>
        other is not null
        && (Elements, ElementBytes, Passes, StateBytes) == (other.Elements, other.ElementBytes, other.Passes, other.StateBytes)
        && Stages.SequenceEqual(other.Stages);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Elements, Passes, StateBytes, Stages.Count);

    /// <summary>A line of totals, then a table with a row per stage.</summary>
    /// <returns>Several lines.</returns>
    public override string ToString()
    {
        List<string[]> rows = [["stage", "", "parameters", "operations", "reads", "writes", "state bytes", "passes", ""]];
        rows.AddRange(Stages.Select(stage => new[]
        {
            stage.Stage, "", Text(stage.Elements), Text(stage.Operations), Text(stage.SlotReads), Text(stage.SlotWrites),
            Text(stage.StateBytes), Text(stage.Passes), stage.WholeTensors ? "and on whole tensors" : "",
        }));
        return StepTrace.Table(
            $"{Text(Elements)} parameters: {Text(Operations)} operations, at least {Text(Bytes)} bytes moved, {Text(Passes)} passes, "
            + $"{Text(StateBytes)} bytes of state",
            [.. rows.Select(row => row.Where((_, i) => i != 1).ToArray())]);
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
