namespace OptCore;

/// <summary>What becomes of a stage in a step.</summary>
internal enum Turn : byte
{
    /// <summary>It acts.</summary>
    Acts,

    /// <summary>The update passes it.</summary>
    Passes,

    /// <summary>The update becomes 0 where it stands.</summary>
    Masks,
}

/// <summary>The conditional stages of an optimizer: which of them act in a step.</summary>
internal sealed class Conditions
{
    private readonly ResolvedStage[] _sites;
    private readonly ScopeCondition[][] _conditions;
    private readonly Turn[] _turns;

    private Conditions(ResolvedStage[] sites)
    {
        _sites = sites;
        _conditions = Array.ConvertAll(sites, site => site.Conditions.ToArray());
        _turns = new Turn[sites.Length];
        LooksAtGradient = sites.SelectMany(site => site.Conditions).Any(one => one.Condition.Looks.HasFlag(StepMeasures.GradientNorm));
    }

    /// <summary>Whether ‖g‖ is asked for.</summary>
    public bool LooksAtGradient { get; }

    /// <summary>What was found last, in the order of the conditional stages.</summary>
    public ReadOnlySpan<Turn> Turns => _turns;

    /// <summary>Those of a model; null where every stage always acts.</summary>
    public static Conditions? Of(ResolvedOptimizer model) =>
        model.IsConditional ? new Conditions(Conditional(model)) : null;

    /// <summary>Asks all conditions.</summary>
    public void Judge(StepFacts step)
    {
        for (var i = 0; i < _sites.Length; i++)
        {
            _turns[i] = TurnOf(_conditions[i], step);
        }
    }

    /// <summary>Counts one update more for those that act.</summary>
    public void Count(long[] counts)
    {
        for (var i = 0; i < _sites.Length; i++)
        {
            if (_turns[i] == Turn.Acts)
            {
                counts[_sites[i].ActiveIndex]++;
            }
        }
    }

    /// <summary>The optimizer of steps with these turns: without those that pass, and with a 0 in the place of those that mask.</summary>
    public static ResolvedOptimizer Variant(ResolvedOptimizer model, ReadOnlySpan<Turn> turns)
    {
        var stages = new List<ResolvedStage>();
        var next = 0;
        foreach (var site in model.Stages)
        {
            var turn = site.Conditions.Count == 0 ? Turn.Acts : turns[next++];
            if (turn == Turn.Acts)
            {
                stages.Add(site);
            }
            else if (turn == Turn.Masks)
            {
                stages.Add(new ResolvedStage(new Zero(site.Stage.Phase), site.Phase, site.Tensors, $"0 for {site.Prefix}"));
            }
        }

        return model.With(stages);
    }

    private static ResolvedStage[] Conditional(ResolvedOptimizer model) => [.. model.Stages.Where(site => site.Conditions.Count > 0)];

    // The outermost condition that does not hold decides.
    private static Turn TurnOf(ScopeCondition[] conditions, StepFacts step)
    {
        foreach (var one in conditions)
        {
            if (!one.Condition.Holds(step))
            {
                return one.Masks ? Turn.Masks : Turn.Passes;
            }
        }

        return Turn.Acts;
    }
}
