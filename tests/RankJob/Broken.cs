using System.Diagnostics;
using OptCore;

/// <summary>Ranks of which some fail at one of the exchanges that they begin, while those before it are under way.</summary>
/// <param name="ranks">The ranks.</param>
/// <param name="at">At which one this rank fails, counted from 1.</param>
/// <param name="isKilled">Whether its process is killed there; otherwise it throws.</param>
internal sealed class Broken(ICollectives ranks, int at, bool isKilled) : ICollectives
{
    private int _begun;

    public int Rank => ranks.Rank;

    public int Size => ranks.Size;

    public void Exchange<T>(ReadOnlySpan<T> send, ReadOnlySpan<Piece> sendPieces, Span<T> receive, ReadOnlySpan<Piece> receivePieces)
        where T : unmanaged => ranks.Exchange(send, sendPieces, receive, receivePieces);

    public void BeginExchange<T>(
        ReadOnlySpan<T> send, ReadOnlySpan<Piece> sendPieces, Span<T> receive, ReadOnlySpan<Piece> receivePieces)
        where T : unmanaged
    {
        ranks.BeginExchange(send, sendPieces, receive, receivePieces);
        if (++_begun != at)
        {
            return;
        }

        if (isKilled)
        {
            Process.GetCurrentProcess().Kill();
        }

        throw new InvalidOperationException("the cable is out");
    }

    public void EndExchange() => ranks.EndExchange();

    public void AbandonExchanges(Exception reason) => ranks.AbandonExchanges(reason);

    public void AllGather<T>(Span<T> vector, ReadOnlySpan<Piece> pieces)
        where T : unmanaged => ranks.AllGather(vector, pieces);

    public void Broadcast<T>(Span<T> values, int root)
        where T : unmanaged => ranks.Broadcast(values, root);

    public void Barrier() => ranks.Barrier();

    public void Abort(string message) => ranks.Abort(message);

    public override string ToString() => $"{ranks}";
}
