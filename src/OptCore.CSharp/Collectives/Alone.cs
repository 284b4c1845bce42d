namespace OptCore;

/// <summary>A job of one rank: what runs on a cluster runs here as it is.</summary>
public sealed class Alone : ICollectives
{
    private Alone()
    {
    }

    /// <summary>The only one.</summary>
    public static Alone Instance { get; } = new();

    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Size => 1;

    /// <inheritdoc/>
    public void Exchange<T>(ReadOnlySpan<T> send, ReadOnlySpan<Piece> sendPieces, Span<T> receive, ReadOnlySpan<Piece> receivePieces)
        where T : unmanaged
    {
        Collectives.CheckPieces(this, send.Length, sendPieces, nameof(sendPieces));
        Collectives.CheckPieces(this, receive.Length, receivePieces, nameof(receivePieces));
        Collectives.Read(send, sendPieces[0]).CopyTo(Collectives.Of(receive, receivePieces[0]));
    }

    /// <inheritdoc/>
    public void AllGather<T>(Span<T> vector, ReadOnlySpan<Piece> pieces)
        where T : unmanaged => Collectives.CheckPieces(this, vector.Length, pieces, nameof(pieces));

    /// <inheritdoc/>
    public void Broadcast<T>(Span<T> values, int root)
        where T : unmanaged => Collectives.CheckRoot(this, root);

    /// <inheritdoc/>
    public void Barrier()
    {
    }

    /// <inheritdoc/>
    /// <exception cref="CollectiveException">Always: nobody else waits.</exception>
    public void Abort(string message) => throw new CollectiveException(message);

    /// <summary>One line.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => "rank 0 of 1, alone";
}
