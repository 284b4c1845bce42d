using System.Runtime.InteropServices;
using OptCore;

namespace UserStage;

/// <summary>What is wrong with ranks.</summary>
public enum RankFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>What the first and the last of the other ranks send is mixed up.</summary>
    MixesUpSenders,

    /// <summary>Numbers in double lose what float has not.</summary>
    SendsFloats,

    /// <summary>What the last rank has of a long vector of numbers does not come back.</summary>
    LosesLastShare,

    /// <summary>A rank believes that the others have what it has itself, of few numbers in double: losses.</summary>
    HearsItselfOnly,

    /// <summary>A rank does not hear what the others have found: integers.</summary>
    FindsAlone,

    /// <summary>A rank takes an exchange for ended when the one before it has.</summary>
    EndsTooEarly,

    /// <summary>What ranks have made of a block of a mean does not come back.</summary>
    LosesBlocks,

    /// <summary>A rank does not take over what the first one has: its start stays its own.</summary>
    KeepsItsStart,
}

/// <summary>Ranks that do one thing wrongly: laws of ranks have to notice.</summary>
public sealed class WrongRanks(ICollectives ranks, RankFault fault) : ICollectives
{
    // Vectors are longer than this, and what ranks tell one another beside them is not.
    private const int Few = 100;

    private bool _isBehind;

    /// <inheritdoc/>
    public int Rank => ranks.Rank;

    /// <inheritdoc/>
    public int Size => ranks.Size;

    /// <inheritdoc/>
    public void Exchange<T>(ReadOnlySpan<T> send, ReadOnlySpan<Piece> sendPieces, Span<T> receive, ReadOnlySpan<Piece> receivePieces)
        where T : unmanaged
    {
        ranks.Exchange(send, sendPieces, receive, receivePieces);
        if (fault == RankFault.SendsFloats && typeof(T) == typeof(double))
        {
            foreach (ref var number in MemoryMarshal.Cast<T, double>(receive))
            {
                number = (float)number;
            }
        }

        var (first, last) = (Rank == 0 ? 1 : 0, Rank == Size - 1 ? Size - 2 : Size - 1);
        if (fault == RankFault.MixesUpSenders && Size > 2 && receivePieces[first].Length == receivePieces[last].Length)
        {
            var one = receive.Slice(receivePieces[first].Start, receivePieces[first].Length);
            var other = receive.Slice(receivePieces[last].Start, receivePieces[last].Length);
            var kept = one.ToArray();
            other.CopyTo(one);
            kept.CopyTo(other);
        }
    }

    /// <inheritdoc/>
    public void BeginExchange<T>(
        ReadOnlySpan<T> send, ReadOnlySpan<Piece> sendPieces, Span<T> receive, ReadOnlySpan<Piece> receivePieces)
        where T : unmanaged
    {
        if (fault == RankFault.EndsTooEarly)
        {
            ranks.BeginExchange(send, sendPieces, receive, receivePieces);
        }
        else if (fault != RankFault.LosesBlocks || !send.Overlaps(receive))
        {
            Exchange(send, sendPieces, receive, receivePieces);
        }
    }

    /// <inheritdoc/>
    public void EndExchange()
    {
        if (fault == RankFault.EndsTooEarly && _isBehind)
        {
            ranks.EndExchange();
        }

        _isBehind = true;
    }

    /// <inheritdoc/>
    public void AbandonExchanges(Exception reason) => ranks.AbandonExchanges(reason);

    /// <inheritdoc/>
    public void AllGather<T>(Span<T> vector, ReadOnlySpan<Piece> pieces)
        where T : unmanaged
    {
        var before = vector.ToArray();
        ranks.AllGather(vector, pieces);
        for (var rank = 0; rank < Size; rank++)
        {
            var piece = vector.Slice(pieces[rank].Start, pieces[rank].Length);
            if (rank == Rank)
            {
                continue;
            }

            if (fault == RankFault.LosesLastShare && rank == Size - 1 && vector.Length > Few
                && (typeof(T) == typeof(float) || typeof(T) == typeof(double)))
            {
                before.AsSpan(pieces[rank].Start, pieces[rank].Length).CopyTo(piece);
            }

            if (fault == RankFault.HearsItselfOnly && typeof(T) == typeof(double) && vector.Length <= Few
                && pieces[rank].Length == pieces[Rank].Length)
            {
                vector.Slice(pieces[Rank].Start, pieces[Rank].Length).CopyTo(piece);
            }

            if (fault == RankFault.FindsAlone && typeof(T) == typeof(int))
            {
                MemoryMarshal.Cast<T, int>(piece).Fill(int.MaxValue);
            }
        }
    }

    /// <inheritdoc/>
    public void Broadcast<T>(Span<T> values, int root)
        where T : unmanaged
    {
        var own = values.ToArray();
        ranks.Broadcast(values, root);
        if (fault == RankFault.KeepsItsStart)
        {
            own.CopyTo(values);
        }
    }

    /// <inheritdoc/>
    public void Barrier() => ranks.Barrier();

    /// <inheritdoc/>
    public void Abort(string message) => ranks.Abort(message);

    /// <summary>The ranks and what is wrong with them.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => $"{ranks}, {fault}";
}
