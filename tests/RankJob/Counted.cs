using System.Diagnostics;
using System.Runtime.CompilerServices;
using OptCore;

/// <summary>Ranks that count the bytes which leave them, and the time that they exchange and wait.</summary>
internal sealed class Counted(ICollectives ranks) : ICollectives
{
    /// <summary>The bytes that this rank has sent to others.</summary>
    public long Sent { get; private set; }

    /// <summary>The operations that it took part in.</summary>
    public int Operations { get; private set; }

    /// <summary>The time inside operations, in milliseconds.</summary>
    public double Time { get; private set; }

    public int Rank => ranks.Rank;

    public int Size => ranks.Size;

    public void Exchange<T>(ReadOnlySpan<T> send, ReadOnlySpan<Piece> sendPieces, Span<T> receive, ReadOnlySpan<Piece> receivePieces)
        where T : unmanaged
    {
        Count<T>(sendPieces);
        var start = Stopwatch.GetTimestamp();
        ranks.Exchange(send, sendPieces, receive, receivePieces);
        Time += Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    public void BeginExchange<T>(
        ReadOnlySpan<T> send, ReadOnlySpan<Piece> sendPieces, Span<T> receive, ReadOnlySpan<Piece> receivePieces)
        where T : unmanaged
    {
        Count<T>(sendPieces);
        var start = Stopwatch.GetTimestamp();
        ranks.BeginExchange(send, sendPieces, receive, receivePieces);
        Time += Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    public void EndExchange()
    {
        var start = Stopwatch.GetTimestamp();
        ranks.EndExchange();
        Time += Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    public void AbandonExchanges(Exception reason) => ranks.AbandonExchanges(reason);

    // In a ring, as libraries gather long vectors: what each rank passes on is everything but its neighbour's own.
    public void AllGather<T>(Span<T> vector, ReadOnlySpan<Piece> pieces)
        where T : unmanaged
    {
        for (var rank = 0; rank < Size; rank++)
        {
            Sent += rank == (Rank + 1) % Size ? 0 : (long)pieces[rank].Length * Unsafe.SizeOf<T>();
        }

        Operations++;
        var start = Stopwatch.GetTimestamp();
        ranks.AllGather(vector, pieces);
        Time += Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    public void Broadcast<T>(Span<T> values, int root)
        where T : unmanaged => ranks.Broadcast(values, root);

    public void Barrier() => ranks.Barrier();

    public void Abort(string message) => ranks.Abort(message);

    public override string ToString() => $"{ranks}";

    private void Count<T>(ReadOnlySpan<Piece> sendPieces)
        where T : unmanaged
    {
        for (var rank = 0; rank < Size; rank++)
        {
            Sent += rank == Rank ? 0 : (long)sendPieces[rank].Length * Unsafe.SizeOf<T>();
        }

        Operations++;
    }
}
