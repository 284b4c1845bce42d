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
        return StartOwned(ranks, parameters.ToArray(), parts, null);
    }

    /// <summary>Goes on from a state on several ranks, each of which has the same one. Talks to the other ranks.</summary>
    /// <inheritdoc cref="Start(ICollectives, ReadOnlySpan{T}, int)"/>
    /// <param name="state">The state, of all parameters; stays as it is.</param>
    public DistributedSession<T> Resume(ICollectives ranks, State<T> state, int parts = 0)
    {
        CheckState(state, nameof(state));
        return new(this, Require.NotNull(ranks), parts, (own, cut, rank) => Sharding.PartOf(state, own, cut, rank));
    }

    /// <summary>Starts stepping on several ranks in the caller's memory: every rank has a replica of the model, whose parameters become
    /// those of rank 0. Talks to the other ranks.</summary>
    /// <inheritdoc cref="Start(ICollectives, ReadOnlySpan{T}, int)"/>
    /// <param name="tensors">This rank's tensors, as in <see cref="Bind(ReadOnlySpan{TensorBlock{T}})"/>.</param>
    /// <returns>A session at step 0. Dispose of it before native memory is freed.</returns>
    /// <exception cref="ArgumentException">A wrong number of blocks, a wrong length, blocks that overlap or stand twice, freed memory, or
    /// a number that is not finite.</exception>
    public DistributedBoundSession<T> Bind(ICollectives ranks, ReadOnlySpan<TensorBlock<T>> tensors)
    {
        Require.NotNull(ranks);
        return new(this, tensors, bound =>
        {
            var parameters = new T[Layout.Length];
            bound.ReadParameters(parameters);
            return StartOwned(ranks, parameters, 0, bound);
        });
    }

    /// <summary>Goes on from a state on several ranks in the caller's memory, which receives the state's parameters. Talks to the other
    /// ranks.</summary>
    /// <inheritdoc cref="Bind(ICollectives, ReadOnlySpan{TensorBlock{T}})"/>
    /// <param name="state">The state, of this plan, the same on all ranks; stays as it is.</param>
    /// <returns>A session at the state's step. Dispose of it before native memory is freed.</returns>
    public DistributedBoundSession<T> Bind(ICollectives ranks, ReadOnlySpan<TensorBlock<T>> tensors, State<T> state)
    {
        CheckState(state, nameof(state));
        Require.NotNull(ranks);
        return new(this, tensors, bound => new(this, ranks, 0, (own, cut, rank) => Sharding.PartOf(state, own, cut, rank), bound));
    }

    /// <summary>Starts stepping on several ranks in arrays, or goes on from a state. Talks to the other ranks.</summary>
    /// <inheritdoc cref="Bind(ICollectives, ReadOnlySpan{TensorBlock{T}})"/>
    /// <param name="tensors">For every tensor of the layout, in its order, the array of its parameters.</param>
    /// <param name="state">The state to go on from, the same on all ranks, whose parameters the arrays receive; null to start at step 0
    /// with what those of rank 0 hold.</param>
    public DistributedBoundSession<T> Bind(ICollectives ranks, T[][] tensors, State<T>? state = null)
    {
        TensorBlock<T>[] blocks = Array.ConvertAll(Require.NotNull(tensors), array => (TensorBlock<T>)array);
        return state is null ? Bind(ranks, blocks) : Bind(ranks, blocks, state);
    }

    // The ranks are asked for the start once it is known that they have the same plan.
    private DistributedSession<T> StartOwned(ICollectives ranks, T[] start, int parts, CallersTensors<T>? bound) =>
        new(
            this,
            ranks,
            parts,
            (own, cut, rank) =>
            {
                ranks.Broadcast<T>(start, 0);
                CheckFinite(start, "parameters");
                return own.Init(Collectives.Read<T>(start, cut.Pieces[rank]));
            },
            bound);
}
