using System.Diagnostics;
using System.Runtime.CompilerServices;
using OptCore;

/// <summary>
/// Ranks behind a network card: what they move arrives no earlier than over a link of a given latency and bandwidth each way, which moves
/// it while the rank works. One exchange after the other goes over the link.
/// </summary>
/// <param name="ranks">The ranks that move the bits.</param>
/// <param name="latency">Of a message, in seconds.</param>
/// <param name="bandwidth">Each way, in bytes per second.</param>
internal sealed class Card(ICollectives ranks, double latency, double bandwidth) : ICollectives
{
    private readonly Queue<long> _due = [];
    private long _free;

    public int Rank => ranks.Rank;

    public int Size => ranks.Size;

    public void Exchange<T>(ReadOnlySpan<T> send, ReadOnlySpan<Piece> sendPieces, Span<T> receive, ReadOnlySpan<Piece> receivePieces)
        where T : unmanaged
    {
        var due = Due<T>(sendPieces, 1);
        ranks.Exchange(send, sendPieces, receive, receivePieces);
        Wait(due);
    }

    public void BeginExchange<T>(
        ReadOnlySpan<T> send, ReadOnlySpan<Piece> sendPieces, Span<T> receive, ReadOnlySpan<Piece> receivePieces)
        where T : unmanaged
    {
        ranks.BeginExchange(send, sendPieces, receive, receivePieces);
        _due.Enqueue(Due<T>(sendPieces, 1));
    }

    public void EndExchange()
    {
        ranks.EndExchange();
        Wait(_due.Dequeue());
    }

    public void AbandonExchanges(Exception reason)
    {
        _due.Clear();
        ranks.AbandonExchanges(reason);
    }

    // Around the ring.
    public void AllGather<T>(Span<T> vector, ReadOnlySpan<Piece> pieces)
        where T : unmanaged
    {
        var due = Due<T>(pieces, Size - 1);
        ranks.AllGather(vector, pieces);
        Wait(due);
    }

    public void Broadcast<T>(Span<T> values, int root)
        where T : unmanaged => ranks.Broadcast(values, root);

    public void Barrier() => ranks.Barrier();

    public void Abort(string message) => ranks.Abort(message);

    public override string ToString() => $"{ranks}, behind a card";

    // Where ranks share a processor, the others go on meanwhile.
    private void Wait(long due)
    {
        while (Stopwatch.GetTimestamp() < due)
        {
            if (Size > Environment.ProcessorCount)
            {
                Thread.Yield();
            }
        }
    }

    // Every piece but one leaves this rank: its own, or that which the last of the ring has.
    private long Due<T>(ReadOnlySpan<Piece> pieces, int rounds)
        where T : unmanaged
    {
        var bytes = 0L;
        for (var rank = 0; rank < Size; rank++)
        {
            bytes += rank == Rank ? 0 : (long)pieces[rank].Length * Unsafe.SizeOf<T>();
        }

        _free = Math.Max(_free, Stopwatch.GetTimestamp()) + (long)(bytes / bandwidth * Stopwatch.Frequency);
        return _free + (long)(rounds * latency * Stopwatch.Frequency);
    }
}
