namespace OptCore;

/// <content>Steps that several ranks share.</content>
public sealed partial class Plan<T>
{
    /// <summary>Starts stepping on several ranks, each of which calls this with the same plan. Talks to the other ranks.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <param name="parameters">p_0, of the layout's length, finite; that of rank 0 counts for all. Copied.</param>
    /// <param name="parts">k, the number of parts of every gradient, at least one for each rank: the same k gives the same bits on any
    /// number of ranks. 0 stands for one part for each rank.</param>
    /// <returns>A session at step 0.</returns>
    /// <exception cref="ArgumentException">The length is wrong, a number is not finite, or there are fewer parts than ranks.</exception>
    /// <exception cref="CollectiveException">The ranks have different plans.</exception>
    public DistributedSession<T> Start(ICollectives ranks, ReadOnlySpan<T> parameters, int parts = 0)
    {
        Require.NotNull(ranks);
        CheckLength(parameters.Length, nameof(parameters));
        var start = parameters.ToArray();
        ranks.Broadcast<T>(start, 0);
        CheckFinite(start, nameof(parameters));
        return new(this, ranks, parts, (own, cut, rank) => own.Init(Collectives.Read<T>(start, cut.Pieces[rank])));
    }

    /// <summary>Goes on from a state on several ranks, each of which has the same one. Talks to the other ranks.</summary>
    /// <inheritdoc cref="Start(ICollectives, ReadOnlySpan{T}, int)"/>
    /// <param name="state">The state, of all parameters; stays as it is.</param>
    public DistributedSession<T> Resume(ICollectives ranks, State<T> state, int parts = 0)
    {
        CheckState(state, nameof(state));
        return new(this, Require.NotNull(ranks), parts, (own, cut, rank) => Sharding.PartOf(state, own, cut, rank));
    }
}
