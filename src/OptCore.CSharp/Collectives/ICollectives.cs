namespace OptCore;

/// <summary>
/// What the ranks of one job do together: the few operations that everything else is made of. Every rank calls the same
/// operations in the same order, with counts that fit together.
/// </summary>
/// <remarks>
/// Only bits are moved here; nothing is added up. Sums are <see cref="Collectives"/>', in an order of their own, so that they
/// give the same bits whatever moves the bits: <see cref="Alone"/>, <see cref="ThreadRanks"/>, MPI.
/// </remarks>
public interface ICollectives
{
    /// <summary>This rank, 0 ≤ rank &lt; <see cref="Size"/>.</summary>
    int Rank { get; }

    /// <summary>The number of ranks, ≥ 1.</summary>
    int Size { get; }

    /// <summary>Every rank sends a piece to every rank, itself included.</summary>
    /// <typeparam name="T">The type of the numbers.</typeparam>
    /// <param name="send">What this rank sends, somewhere in it.</param>
    /// <param name="sendPieces">For every rank, where in <paramref name="send"/> its piece lies.</param>
    /// <param name="receive">Receives the pieces; must not overlap what is sent.</param>
    /// <param name="receivePieces">For every rank, where in <paramref name="receive"/> what it sends is put; as long as the piece
    /// that it sends.</param>
    void Exchange<T>(ReadOnlySpan<T> send, ReadOnlySpan<Piece> sendPieces, Span<T> receive, ReadOnlySpan<Piece> receivePieces)
        where T : unmanaged;

    /// <summary>
    /// Begins an <see cref="Exchange"/> that goes on while this rank works, where whatever moves the bits can do that;
    /// <see cref="EndExchange"/> ends it.
    /// </summary>
    /// <remarks>
    /// All ranks begin the same exchanges in the same order, and end them in the order in which they were begun. Until an exchange has
    /// ended, the pieces that it sends are not written, and those that it receives are neither read nor written; the rest of both vectors,
    /// which may be the same one, is the caller's. Neither vector moves: it is pinned, or not the garbage collector's. A rank that fails
    /// in between abandons what it has begun (<see cref="AbandonExchanges"/>) before it lets go of that memory.
    /// <para>By default the exchange is made here, and nothing is under way.</para>
    /// </remarks>
    /// <inheritdoc cref="Exchange"/>
    void BeginExchange<T>(ReadOnlySpan<T> send, ReadOnlySpan<Piece> sendPieces, Span<T> receive, ReadOnlySpan<Piece> receivePieces)
        where T : unmanaged => Exchange(send, sendPieces, receive, receivePieces);

    /// <summary>Waits for the exchange that was begun first of those under way; its pieces are there afterwards.</summary>
    void EndExchange()
    {
    }

    /// <summary>
    /// This rank has failed and will not end what it has begun: returns when no exchange touches its memory any more, or ends the job.
    /// Nothing if none is under way.
    /// </summary>
    /// <param name="reason">Why, for the message of a job that ends.</param>
    void AbandonExchanges(Exception reason)
    {
    }

    /// <summary>Every rank has a piece of a vector; afterwards every rank has all pieces.</summary>
    /// <typeparam name="T">The type of the numbers.</typeparam>
    /// <param name="vector">The vector: this rank's piece is filled in before, the others afterwards.</param>
    /// <param name="pieces">For every rank, its piece.</param>
    void AllGather<T>(Span<T> vector, ReadOnlySpan<Piece> pieces)
        where T : unmanaged;

    /// <summary>Gives all ranks the numbers of one.</summary>
    /// <typeparam name="T">The type of the numbers.</typeparam>
    /// <param name="values">The numbers; of the same length on all ranks.</param>
    /// <param name="root">The rank that has them.</param>
    void Broadcast<T>(Span<T> values, int root)
        where T : unmanaged;

    /// <summary>Waits until every rank has come here.</summary>
    void Barrier();

    /// <summary>Ends the job for all ranks: those that wait for this one do not wait for ever.</summary>
    /// <param name="message">Why, for whoever reads the output of the job.</param>
    void Abort(string message);
}

/// <summary>A piece of a vector.</summary>
/// <param name="Start">The index of its first number.</param>
/// <param name="Length">How many numbers it has.</param>
public readonly record struct Piece(int Start, int Length)
{
    /// <summary>The index behind its last number.</summary>
    public int End => Start + Length;
}
