using OptCore;

/// <summary>Ranks that make an exchange where it begins: nothing is under way while they work.</summary>
internal sealed class InTurn(ICollectives ranks) : ICollectives
{
    public int Rank => ranks.Rank;

    public int Size => ranks.Size;

    public void Exchange<T>(ReadOnlySpan<T> send, ReadOnlySpan<Piece> sendPieces, Span<T> receive, ReadOnlySpan<Piece> receivePieces)
        where T : unmanaged => ranks.Exchange(send, sendPieces, receive, receivePieces);

    public void AllGather<T>(Span<T> vector, ReadOnlySpan<Piece> pieces)
        where T : unmanaged => ranks.AllGather(vector, pieces);

    public void Broadcast<T>(Span<T> values, int root)
        where T : unmanaged => ranks.Broadcast(values, root);

    public void Barrier() => ranks.Barrier();

    public void Abort(string message) => ranks.Abort(message);

    public override string ToString() => $"{ranks}";
}
