namespace OptCore;

/// <summary>A stage of a branch: of its own optimizer, or shared with the other parts of a partition.</summary>
internal sealed record BranchStage(ScopedStage Placed, bool Shared, bool Follows)
{
    public IStage Stage => Placed.Stage;

    public Scope Scope => Placed.Scope;
}

/// <summary>
/// What happens to the tensors that one head moves: an optimizer that is no partition, or a part of one together with the words
/// behind the partition, merged as they run: by phase, within a phase the part's own first.
/// </summary>
internal sealed record Branch(Optimizer Head, IReadOnlyList<BranchStage> Flow, IReadOnlyList<ScopedSchedule> Schedules)
{
    /// <summary>The patterns from the outermost partition inwards; none where there is no partition.</summary>
    public IReadOnlyList<string> Patterns { get; private init; } = [];

    public IReadOnlyList<ScheduledValue> Values { get; private init; } = Head.ScheduledValues;

    public IReadOnlyList<RateFactor> RateFactors { get; private init; } = Head.RateFactors;

    public IReadOnlyList<string> Frozen { get; private init; } = Head.Frozen;

    /// <summary>One branch, or one for each part.</summary>
    public static IEnumerable<Branch> Of(Optimizer optimizer)
    {
        if (optimizer.Parts.Count == 0)
        {
            return [new Branch(optimizer, StagesOf(optimizer, shared: false), optimizer.Schedules)];
        }

        var added = StagesOf(optimizer, shared: true);
        return optimizer.Parts.SelectMany(part => Of(part.Optimizer).Select(branch => branch with
        {
            Patterns = [part.Pattern, .. branch.Patterns],
            Flow = Merged(branch.Flow, added),
            Schedules = [.. branch.Schedules, .. optimizer.Schedules],
            Values = [.. branch.Values, .. optimizer.ScheduledValues],
            RateFactors = [.. branch.RateFactors, .. optimizer.RateFactors],
            Frozen = [.. branch.Frozen, .. optimizer.Frozen],
        }));
    }

    // With a note of those whose hyper-parameters follow schedules.
    private static BranchStage[] StagesOf(Optimizer optimizer, bool shared)
    {
        var stages = ScheduledValues.StagesOf(optimizer);
        var following = optimizer.ScheduledValues.Select(value => ScheduledValues.IndexOf(stages, value)).ToHashSet();
        return [.. stages.Select((placed, i) => new BranchStage(placed, shared, following.Contains(i)))];
    }

    // What a flow lists keeps its order: only stages of phases before and behind all of it may follow a flow.
    private static List<BranchStage> Merged(IReadOnlyList<BranchStage> own, IReadOnlyList<BranchStage> added)
    {
        var stages = own.ToList();
        foreach (var stage in added)
        {
            var place = stages.FindLastIndex(one => one.Stage.Phase <= stage.Stage.Phase) + 1;
            stages.Insert(place, stage);
        }

        return stages;
    }
}
