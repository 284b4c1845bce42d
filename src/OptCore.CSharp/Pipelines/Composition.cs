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

    // These are set where one is made, and then stay.
    private bool _flow;

    // A direction that must not be projected, and the first constraint.
    private IStage? _unprojected;
    private IStage? _constraint;

    // The line search, and the first stage that none goes with.
    private IStage? _search;
    private IStage? _unsearchable;

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
        _search = from._search;
        _unprojected = from._unprojected;
        _constraint = from._constraint;
        _unsearchable = from._unsearchable;
        _flow = from._flow;
    }

    /// <summary>No stage.</summary>
    public static Composition Empty { get; } = new();

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

        return all with { _flow = true };
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
            all = new Composition(all, null, part._probe, part._alone, part._direction, part._owner)
            {
                _flow = all._flow || part._flow,
                _unsearchable = all._unsearchable ?? part._unsearchable,
                _unprojected = all._unprojected ?? part._unprojected,
            };
        }

        return all;
    }

    /// <summary>These stages and one more.</summary>
    /// <exception cref="ArgumentException">The stage does not go with those already there.</exception>
    public Composition With(IStage stage)
    {
        if (_flow && stage.Phase is >= Phase.Gradient and <= Phase.Update)
        {
            throw FollowsFlow(stage);
        }

        var single = stage.Has(StageTraits.Single) ? stage : null;
        if (single is not null)
        {
            RefuseTwice(single);
        }

        var probe = stage is IProbe or ICurvature ? stage : null;
        var alone = stage.Has(StageTraits.StandsAlone) ? stage : null;
        var direction = stage.Phase == Phase.Direction && alone is null ? stage : null;
        RefuseProbes(probe, alone, direction);
        var search = stage as ISearch;
        var unsearchable = IsUnsearchable(stage) ? stage : null;
        RefuseSearch(search, unsearchable);
        var owner = stage is IOwnsParameters || search is not null ? stage : null;
        if (_owner is not null && owner is not null)
        {
            throw TwoOwners(_owner, owner);
        }

        var all = new Composition(this, single, probe, alone, direction, owner)
        {
            _search = _search ?? search,
            _unsearchable = _unsearchable ?? unsearchable,
            _unprojected = _unprojected ?? (stage.Has(StageTraits.Unprojected) ? stage : null),
            _constraint = _constraint ?? (stage.Phase == Phase.Constraint ? stage : null),
        };
        return all._unprojected is not null && all._constraint is not null
            ? throw ProjectedMetric(all._unprojected, all._constraint)
            : all;
    }

    private static ArgumentException FollowsFlow(IStage stage) => new(
        $"{Optimizer.Describe(stage)} of phase {stage.Phase} follows flow, which fixes the order of those phases; "
        + "list it inside the flow.");

    private static ArgumentException TwoOwners(IStage first, IStage second) => new(
        $"{Optimizer.Describe(first)} and {Optimizer.Describe(second)} both decide what the parameters are; at most one may, "
        + "in each part of a partition too.");

    private static ArgumentException ProjectedMetric(IStage direction, IStage constraint) => new(
        $"{Optimizer.Describe(direction)} steps in a metric of its own; behind it {Optimizer.Describe(constraint)} need not descend, "
        + "and is refused. lbfgsb takes bounds itself; or give the tensors that are constrained another direction, in a partition.");

    private void RefuseTwice(IStage single)
    {
        if (_singles.Contains(single.GetType()))
        {
            throw new ArgumentException($"{single.GetType().Name} stands twice in one optimizer; it may stand once.");
        }
    }

    // What evaluates the gradient elsewhere or of another function, drops it, or makes of one gradient several steps.
    private static bool IsUnsearchable(IStage stage) =>
        stage is IProbe or ICurvature or IGate or IGuard or ISizeGuard or ILossScale || stage.Has(StageTraits.Random);

    private void RefuseSearch(ISearch? search, IStage? unsearchable)
    {
        if (_search is not null && search is not null)
        {
            throw TwoSearches(_search, search);
        }

        if ((_search ?? search) is { } one && (_unsearchable ?? unsearchable) is { } other)
        {
            throw Unsearchable(one, other);
        }
    }

    private static ArgumentException TwoSearches(IStage first, IStage second) => new(
        $"{Optimizer.Describe(first)} and {Optimizer.Describe(second)} both choose the length of the step; at most one may.");

    private static ArgumentException Unsearchable(IStage search, IStage other) => new(
        $"{Optimizer.Describe(search)} compares values of one function along one step; {Optimizer.Describe(other)} does not go "
        + "with a line search (nor does any probe, noise, accumulate or stage that skips gradients).");

    private void RefuseProbes(IStage? probe, IStage? alone, IStage? direction)
    {
        if (_probe is not null && probe is not null)
        {
            throw TwoProbes(_probe, probe);
        }

        if ((_alone ?? alone) is { } only && (_direction ?? direction) is { } other)
        {
            throw NotAlone(only, other);
        }
    }

    private static ArgumentException TwoProbes(IStage first, IStage second)
    {
        var both = first is ICurvature || second is ICurvature ? "ask for gradients elsewhere" : "choose the point of the gradient";
        return new($"{Optimizer.Describe(first)} and {Optimizer.Describe(second)} both {both}; at most one may.");
    }

    private static ArgumentException NotAlone(IStage only, IStage other) =>
        new($"{Optimizer.Describe(only)} stands alone as direction; {Optimizer.Describe(other)} is one too.");
}
