using System.Diagnostics.CodeAnalysis;
using OptCore.Kernels;

namespace OptCore;

/// <content>How the plan is shared among the ranks: at the beginning, and when the optimizer changes in mid-run.</content>
public sealed partial class DistributedSession<T>
{
    // Shares the plan among the ranks: each begins with its part of a state.
    [MemberNotNull(
        nameof(Plan), nameof(_own), nameof(_cut), nameof(_session), nameof(_pieces), nameof(_sum), nameof(_parameters), nameof(_gradient))]
    private void Begin(Plan<T> plan, Func<Plan<T>, ShardCut, int, State<T>> start)
    {
        CheckAgreement(plan);
        var reach = Sharding.ReachOf(plan);
        var cut = Sharding.CutOf(plan, reach, Ranks.Size);
        var own = Sharding.PlanOf(plan, Ranks, cut);
        var state = start(own, cut, reach == Reach.Whole ? 0 : Ranks.Rank);
        _tensors?.WriteParameters(state.AsSpan());
        _session = new Session<T>(own, state, _tensors);
        (Plan, _own, _cut, _reach) = (plan, own, cut, reach);
        _pieces = reach == Reach.Whole ? Collectives.Evenly(plan.Layout.Length, Ranks.Size) : cut.Pieces;
        _sum = new PartSum<T>(Ranks, _pieces, Parts);
        _parameters = HasAll ? new AlignedBuffer<T>(0, 1) : new AlignedBuffer<T>(plan.Layout.Length, 1, atPage: Own.Start);
        _gradient = IsInPlace ? [] : new T[reach == Reach.Whole ? plan.Layout.Length : _pieces[Ranks.Rank].Length];
        Spread();
    }

    private void GoOnWith(Plan<T> plan)
    {
        CheckAgreement(plan);
        var reach = Sharding.ReachOf(plan);
        var cut = Sharding.CutOf(plan, reach, Ranks.Size);
        if (Ranks.Size > 1 && !cut.IsLike(_cut))
        {
            var state = plan.Carry(Gather());
            Begin(plan, (own, cut, rank) => Sharding.PartOf(state, own, cut, rank));
            return;
        }

        var own = Sharding.PlanOf(plan, Ranks, cut);
        Current.Carry(own);
        (Plan, _own, _cut, _reach) = (plan, own, cut, reach);
    }

    // Ranks that were started with different programs would wait for each other, or mix up their numbers.
    private void CheckAgreement(Plan<T> plan)
    {
        var texts = Ranks.Gather(FormattableString.Invariant($"{plan.Optimizer} for {plan.Layout} of {typeof(T).Name} in {Parts} parts"));
        var other = Array.FindIndex(texts, text => text != texts[0]);
        if (other >= 0)
        {
            throw new CollectiveException(
                FormattableString.Invariant($"The ranks disagree: rank 0 has {texts[0]}, rank {other} has {texts[other]}."));
        }
    }
}
