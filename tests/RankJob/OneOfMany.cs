using System.Runtime.CompilerServices;
using OptCore;

/// <summary>
/// One rank of many that are not there: nothing is moved, and whatever the ranks tell one another, the others say what this one does. What
/// remains is the work of a rank beside the exchanges; behind a <see cref="Card"/> its step.
/// </summary>
internal sealed class OneOfMany(int size) : ICollectives
{
    // In bytes: what is longer is a vector, which stays as it is.
    private const int Told = 1 << 14;

    public int Rank => 0;

    public int Size => size;

    public void Exchange<T>(ReadOnlySpan<T> send, ReadOnlySpan<Piece> sendPieces, Span<T> receive, ReadOnlySpan<Piece> receivePieces)
        where T : unmanaged
    {
    }

    public void AllGather<T>(Span<T> vector, ReadOnlySpan<Piece> pieces)
        where T : unmanaged
    {
        for (var rank = 1; rank < size && vector.Length * Unsafe.SizeOf<T>() <= Told; rank++)
        {
            if (pieces[rank].Length == pieces[0].Length)
            {
                vector.Slice(pieces[0].Start, pieces[0].Length).CopyTo(vector[pieces[rank].Start..]);
            }
        }
    }

    public void Broadcast<T>(Span<T> values, int root)
        where T : unmanaged
    {
    }

    public void Barrier()
    {
    }

    public void Abort(string message) => throw new CollectiveException(message);

    public override string ToString() => $"one rank of {size}";
}
