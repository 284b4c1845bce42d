namespace OptCore;

/// <summary>
/// What may stand together in one optimizer, as far as it does not depend on the tensors: what a word has to be checked
/// against, kept from word to word, so that the error comes at the word that does not fit and long pipelines cost no more
/// a word than short ones.
/// </summary>
internal sealed record Composition
{
    private readonly Type[] _singles = [];
    private readonly IStage? _single;
    private readonly IStage? _probe;
    private readonly IStage? _alone;
    private readonly IStage? _direction;
    private readonly IStage? _owner;

    private Composition()
    {
    }

    private Composition(Composition from, IStage? single, IStage? probe, IStage? alone, IStage? direction, IStage? owner)
    {
        _owner = from._owner ?? owner;
        _single = from._single ?? single;
        _singles = single is null ? from._singles : [.. from._singles, single.GetType()];
        _probe = from._probe ?? probe;
        _alone = from._alone ?? alone;
        _direction = from._direction ?? direction;
        Search = from.Search;
        Unprojected = from.Unprojected;
        Constraint = from.Constraint;
        Unsearchable = from.Unsearchable;
        Flow = from.Flow;
    }

    /// <summary>No stage.</summary>
    public static Composition Empty { get; } = new();

    private bool Flow { get; init; }

    // A direction that must not be projected, and the first constraint.
    private IStage? Unprojected { get; init; }

    private IStage? Constraint { get; init; }

    // The line search, and the first stage that none goes with.
    private IStage? Search { get; init; }

    private IStage? Unsearchable { get; init; }

    /// <summary>The stages of an explicit chain.</summary>
    /// <exception cref="ArgumentException">Two stages exclude each other.</exception>
    public static Composition OfFlow(IReadOnlyList<IStage> stages)
    {
        IStage? late = null;
        var all = Empty;
        foreach (var stage in stages)
        {
            if (stage is IProbe)
            {
                throw new ArgumentException(
                    $"flow lists {Optimizer.Describe(stage)}, which chooses the point of the gradient; it must stand outside the list.");
            }

            if (stage is IGate { GradientsPerUpdate: > 1 } && late is not null)
            {
                throw new ArgumentException(
                    $"{Optimizer.Describe(stage)} follows {Optimizer.Describe(late)} in a flow; before it only stages of the phase "
                    + "Gradient "
                    + "may stand, because they alone run on every micro-gradient.");
            }

            late ??= stage.Phase > Phase.Gradient ? stage : null;
            all = all.With(stage);
        }

        return all with { Flow = true };
    }

    /// <summary>The parts of a partition.</summary>
    /// <exception cref="ArgumentException">A part holds what acts on the whole step, or two parts exclude each other.</exception>
    public static Composition OfParts(IReadOnlyList<OptimizerPart> parts)
    {
        var all = Empty;
        foreach (var (pattern, optimizer) in parts)
        {
            var part = optimizer.Composition;
            if (part._single is { } whole)
            {
                throw new ArgumentException(
                    $"{Optimizer.Describe(whole)} stands inside the part \"{pattern}\" of a partition; it acts on the whole step: "
                    + "add it after the partition.");
            }

            all.RefuseProbes(part._probe, part._alone, part._direction);
            all = new Composition(all, null, part._probe, part._alone, part._direction, part._owner) with
            {
                Flow = all.Flow || part.Flow,
                Unsearchable = all.Unsearchable ?? part.Unsearchable,
                Unprojected = all.Unprojected ?? part.Unprojected,
            };
        }

        return all;
    }

    /// <summary>These stages and one more.</summary>
    /// <exception cref="ArgumentException">The stage does not go with those already there.</exception>
    public Composition With(IStage stage)
    {
        if (Flow && stage.Phase is >= Phase.Gradient and <= Phase.Update)
        {
            throw new ArgumentException(
                $"{Optimizer.Describe(stage)} of phase {stage.Phase} follows flow, which fixes the order of those phases; "
                + "list it inside the flow.");
        }

        if (stage.Has(StageTraits.Single) && _singles.Contains(stage.GetType()))
        {
            throw new ArgumentException($"{stage.GetType().Name} stands twice in one optimizer; it may stand once.");
        }

        var probe = stage is IProbe or ICurvature ? stage : null;
        var alone = stage.Has(StageTraits.StandsAlone) ? stage : null;
        var direction = stage.Phase == Phase.Direction && !stage.Has(StageTraits.StandsAlone) ? stage : null;
        RefuseProbes(probe, alone, direction);
        RefuseSearch(stage);
        var owner = stage is IOwnsParameters or ISearch ? stage : null;
        if (_owner is not null && owner is not null)
        {
            throw new ArgumentException(
                $"{Optimizer.Describe(_owner)} and {Optimizer.Describe(owner)} both decide what the parameters are; at most one may, "
                + "in each part of a partition too.");
        }

        var all = new Composition(this, stage.Has(StageTraits.Single) ? stage : null, probe, alone, direction, owner) with
        {
            Search = Search ?? stage as ISearch,
            Unsearchable = Unsearchable ?? (IsUnsearchable(stage) ? stage : null),
            Unprojected = Unprojected ?? (stage.Has(StageTraits.Unprojected) ? stage : null),
            Constraint = Constraint ?? (stage.Phase == Phase.Constraint ? stage : null),
        };
        return all.WithoutProjectedMetric();
    }

    // What evaluates the gradient elsewhere or of another function, drops it, or makes of one gradient several steps.
    private static bool IsUnsearchable(IStage stage) =>
        stage is IProbe or ICurvature or IGate or IGuard or ISizeGuard or ILossScale || stage.Has(StageTraits.Random);

    private Composition WithoutProjectedMetric() => Unprojected is { } direction && Constraint is { } constraint
        ? throw new ArgumentException(
            $"{Optimizer.Describe(direction)} steps in a metric of its own; behind it {Optimizer.Describe(constraint)} need not descend, "
            + "and is refused. lbfgsb takes bounds itself; or give the tensors that are constrained another direction, in a partition.")
        : this;

    private void RefuseSearch(IStage stage)
    {
        if (stage is ISearch && Search is not null)
        {
            throw new ArgumentException(
                $"{Optimizer.Describe(Search)} and {Optimizer.Describe(stage)} both choose the length of the step; at most one may.");
        }

        if ((Search ?? stage as ISearch) is { } search && (Unsearchable ?? (IsUnsearchable(stage) ? stage : null)) is { } other)
        {
            throw new ArgumentException(
                $"{Optimizer.Describe(search)} compares values of one function along one step; {Optimizer.Describe(other)} does not go "
                + "with a line search (nor does any probe, noise, accumulate or stage that skips gradients).");
        }
    }

    private void RefuseProbes(IStage? probe, IStage? alone, IStage? direction)
    {
        if (_probe is not null && probe is not null)
        {
            if (_probe is ICurvature || probe is ICurvature)
            {
                throw new ArgumentException(
                    $"{Optimizer.Describe(_probe)} and {Optimizer.Describe(probe)} both ask for gradients elsewhere; at most one may.");
            }

            throw new ArgumentException(
                $"{Optimizer.Describe(_probe)} and {Optimizer.Describe(probe)} both choose the point of the gradient; at most one may.");
        }

        if ((_alone ?? alone) is { } only && (_direction ?? direction) is { } other)
        {
            throw new ArgumentException($"{Optimizer.Describe(only)} stands alone as direction; {Optimizer.Describe(other)} is one too.");
        }
    }
}
