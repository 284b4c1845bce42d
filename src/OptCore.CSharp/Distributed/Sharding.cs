using System.Numerics;

namespace OptCore;

/// <summary>How ranks share a plan.</summary>
internal static class Sharding
{
    /// <summary>How far the rules of a plan look.</summary>
    public static Reach ReachOf<T>(Plan<T> plan)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var engine = plan.Borrow();
        var reach = engine.Reach;
        var looksAtVector = engine.Update.Operations.Any(operation => operation is ApplyToVector<T>);
        plan.Return(engine);
        var model = plan.Resolved;

        // A function on spans finds its elements by itself, and so does a rule on the whole vector with slots of other shapes.
        if (model.Stages.Any(site => site.Stage is ISpanStage) || (looksAtVector && model.Shaped > 0))
        {
            return Reach.Whole;
        }

        var perTensor = model.Slots.Any(slot => slot.Spec.Kind is SlotKind.PerTensor or SlotKind.Shaped);
        return perTensor && reach == Reach.Elements ? Reach.Tensors : reach;
    }

    /// <summary>Who has which elements.</summary>
    public static ShardCut CutOf<T>(Plan<T> plan, Reach reach, int ranks)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => reach switch
        {
            Reach.Elements => ShardCut.OfElements(plan.Resolved, ranks),
            Reach.Tensors => ShardCut.OfTensors(plan.Layout, ranks),
            _ => ShardCut.None(plan.Layout),
        };

    /// <summary>The plan of one rank.</summary>
    public static Plan<T> PlanOf<T>(Plan<T> plan, ICollectives ranks, ShardCut cut)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        PlanOf(plan, ranks, cut, ranks.Rank);

    /// <summary>The plan of a share, to hold its state.</summary>
    public static Plan<T> PlanOf<T>(Plan<T> plan, ShardCut cut, int shard)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => PlanOf(plan, Alone.Instance, cut, shard);

    /// <summary>The part of a state of all parameters that is one rank's.</summary>
    public static State<T> PartOf<T>(State<T> state, Plan<T> own, ShardCut cut, int rank)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var store = StateStore<T>.For(own.Resolved);
        ShardCut.None(state.Plan.Layout).Copy(state.Store, state.Plan.Resolved, 0, store, own.Resolved, cut, rank);
        return new State<T>(own, store, state.Step);
    }

    private static Plan<T> PlanOf<T>(Plan<T> plan, ICollectives ranks, ShardCut cut, int shard)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        cut.Pieces.Length == 1
            ? plan
            : new Plan<T>(
                plan.Optimizer,
                cut.LayoutOf(plan.Layout, shard),
                plan.Execution with { Shard = new Shard(ranks, plan.Layout, cut) });
}
