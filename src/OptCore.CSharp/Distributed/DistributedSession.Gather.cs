namespace OptCore;

/// <content>All of the state on every rank.</content>
public sealed partial class DistributedSession<T>
{
    /// <summary>The state that a session of one would have: all parameters and slots, on every rank. Talks to the other ranks.</summary>
    /// <returns>The state, of the <see cref="Plan"/>.</returns>
    public State<T> Gather()
    {
        if (_reach == Reach.Whole)
        {
            return new State<T>(Plan, _session.Store.Copy(), StepCount);
        }

        var all = StateStore<T>.For(Plan.Resolved);
        var own = Current.Store;
        _cut.Copy(own, _own.Resolved, Ranks.Rank, all, Plan.Resolved, ShardCut.None(Plan.Layout), 0);
        for (var lane = 0; lane < Plan.Resolved.Lanes; lane++)
        {
            Ranks.AllGather(all.Buffer[lane], _cut.Pieces);
        }

        if (_cut.Owners is { } owners)
        {
            foreach (var slot in Plan.Resolved.Slots)
            {
                GatherTensors(all, slot, owners);
            }
        }

        return new State<T>(Plan, all, StepCount);
    }

    private void GatherTensors(StateStore<T> all, ResolvedSlot slot, int[] owners)
    {
        switch (slot.Spec.Kind)
        {
            case SlotKind.PerTensor:
                Ranks.AllGather(all.Scalars.AsSpan(slot.Index, owners.Length), Collectives.Behind(CountBy(owners, _ => 1)));
                break;
            case SlotKind.Shaped:
                var pieces = Collectives.Behind(CountBy(owners, tensor => slot.Pieces[tensor].Length));
                Ranks.AllGather(all.Shaped.AsSpan(slot.Index, slot.Length), pieces);
                break;
            default:
                break;
        }
    }

    private int[] CountBy(int[] owners, Func<int, int> count)
    {
        var counts = new int[Ranks.Size];
        for (var tensor = 0; tensor < owners.Length; tensor++)
        {
            counts[owners[tensor]] += count(tensor);
        }

        return counts;
    }
}
