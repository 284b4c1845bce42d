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
                return Sort(stages);
            }
        }

        return stages;
    }

    private static ScopedStage[] Sort(ScopedStage[] stages) => [.. stages.OrderBy(one => one.Stage.Phase)];

    /// <summary>Where a stage is inserted: behind everything of the same phase or an earlier one.</summary>
    /// <param name="stages">Stages in the order of their phases.</param>
    /// <param name="phase">The phase of the new one.</param>
    /// <returns>The index, found by bisection: pipelines may be long.</returns>
    public static int Place(List<ResolvedStage> stages, Phase phase)
    {
        int low = 0, high = stages.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = stages[middle].Phase <= phase ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
