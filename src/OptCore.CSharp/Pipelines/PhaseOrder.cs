namespace OptCore;

/// <summary>The order in which stages run: by phase, and within a phase as they were added.</summary>
internal static class PhaseOrder
{
    /// <summary>The key of stages that run before all others, whatever their phase.</summary>
    public const Phase Leading = 0;

    /// <summary>The key under which a stage is sorted.</summary>
    public static Phase KeyOf(IStage stage, Phase phase) => stage.Has(StageTraits.Leads) ? Leading : phase;

    /// <summary>Stages in the order of their phases, and within a phase as they are.</summary>
    public static ScopedStage[] Sorted(ScopedStage[] stages)
    {
        for (var i = 1; i < stages.Length; i++)
        {
            if (stages[i].Stage.Phase < stages[i - 1].Stage.Phase)
            {
                return [.. stages.OrderBy(one => one.Stage.Phase)];
            }
        }

        return stages;
    }

    /// <summary>Where a stage is inserted: behind everything of the same phase or an earlier one.</summary>
    /// <param name="items">Items in the order of their phases.</param>
    /// <param name="phase">The phase of the new one.</param>
    /// <param name="phaseOf">The phase of an item.</param>
    /// <returns>The index, found by bisection: pipelines may be long.</returns>
    public static int Place<TItem>(IReadOnlyList<TItem> items, Phase phase, Func<TItem, Phase> phaseOf)
    {
        int low = 0, high = items.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = phaseOf(items[middle]) <= phase ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
