namespace OptCore;

/// <summary>What may stand together in one optimizer, as far as it does not depend on the tensors.</summary>
internal static class CompositionRules
{
    /// <summary>Checks an optimizer after every word, so that the error comes at the word that does not fit.</summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <exception cref="ArgumentException">Two stages exclude each other.</exception>
    public static void Check(Optimizer optimizer)
    {
        RefuseInFlow(optimizer);
        RefuseStagesAfterFlow(optimizer);
        var all = All(optimizer).ToArray();
        RefuseTwice(all);
        RefuseInParts(optimizer);
        RefuseProbes(all);
    }

    private static IEnumerable<IStage> All(Optimizer optimizer) =>
        optimizer.Parts.SelectMany(part => All(part.Optimizer))
            .Concat(optimizer.FlowStages ?? [])
            .Concat(optimizer.Stages.Select(placed => placed.Stage));

    private static bool HasFlow(Optimizer optimizer) =>
        optimizer.FlowStages is not null || optimizer.Parts.Any(part => HasFlow(part.Optimizer));

    private static void RefuseInFlow(Optimizer optimizer)
    {
        IStage? late = null;
        foreach (var stage in optimizer.FlowStages ?? [])
        {
            if (stage is IProbe)
            {
                throw new ArgumentException($"flow lists {Optimizer.Describe(stage)}, which chooses the point of the gradient; it must stand outside the list.");
            }

            if (stage is IGate { GradientsPerUpdate: > 1 } && late is not null)
            {
                throw new ArgumentException(
                    $"{Optimizer.Describe(stage)} follows {Optimizer.Describe(late)} in a flow; before it only stages of the phase Gradient may stand, because they alone run on every micro-gradient.");
            }

            late ??= stage.Phase > Phase.Gradient ? stage : null;
        }
    }

    private static void RefuseStagesAfterFlow(Optimizer optimizer)
    {
        var late = optimizer.Stages.FirstOrDefault(placed => placed.Stage.Phase is >= Phase.Gradient and <= Phase.Update);
        if (late is not null && HasFlow(optimizer))
        {
            throw new ArgumentException(
                $"{Optimizer.Describe(late.Stage)} of phase {late.Stage.Phase} follows flow, which fixes the order of those phases; list it inside the flow.");
        }
    }

    private static void RefuseTwice(IStage[] all)
    {
        var twice = all.Where(stage => stage.Has(StageTraits.Single)).GroupBy(stage => stage.GetType()).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
        {
            throw new ArgumentException($"{twice.Key.Name} stands twice in one optimizer; it may stand once.");
        }
    }

    private static void RefuseInParts(Optimizer optimizer)
    {
        foreach (var part in optimizer.Parts)
        {
            if (All(part.Optimizer).FirstOrDefault(stage => stage.Has(StageTraits.Single)) is { } whole)
            {
                throw new ArgumentException(
                    $"{Optimizer.Describe(whole)} stands inside the part \"{part.Pattern}\" of a partition; it acts on the whole step: add it after the partition.");
            }
        }
    }

    private static void RefuseProbes(IStage[] all)
    {
        var probes = all.Where(stage => stage is IProbe).ToArray();
        if (probes.Length > 1)
        {
            throw new ArgumentException(
                $"{Optimizer.Describe(probes[0])} and {Optimizer.Describe(probes[1])} both choose the point of the gradient; at most one may.");
        }

        var alone = all.FirstOrDefault(stage => stage.Has(StageTraits.StandsAlone));
        var other = all.FirstOrDefault(stage => stage.Phase == Phase.Direction && !stage.Has(StageTraits.StandsAlone));
        if (alone is not null && other is not null)
        {
            throw new ArgumentException($"{Optimizer.Describe(alone)} stands alone as direction; {Optimizer.Describe(other)} is one too.");
        }
    }
}
