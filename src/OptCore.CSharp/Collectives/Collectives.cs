using System.Numerics;

namespace OptCore;

/// <summary>What ranks compute together, by moving bits and adding up in an order that does not depend on how they were moved.</summary>
public static class Collectives
{
    /// <summary>
    /// The sum over all ranks, the same bits on all of them: in the tree of <see cref="PartTree"/>, rank by rank.
    /// </summary>
    /// <remarks>Traffic: 2(n − 1)/n of the bytes each way, the least there is.</remarks>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="ranks">The ranks.</param>
    /// <param name="values">This rank's terms; the sums afterwards. Of the same length on all ranks.</param>
    public static void AllReduce<T>(this ICollectives ranks, Span<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var pieces = Evenly(values.Length, Require.NotNull(ranks).Size);
        var own = pieces[ranks.Rank];
        new PartSum<T>(ranks, pieces, ranks.Size).Reduce(values, Of(values, own));
        ranks.AllGather(values, pieces);
    }

    /// <summary>The sum over all ranks of this rank's piece of the vector, in the order of <see cref="AllReduce{T}"/>.</summary>
    /// <remarks>Traffic: (n − 1)/n of the bytes each way, the least there is.</remarks>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="ranks">The ranks.</param>
    /// <param name="values">This rank's terms, of the same length on all ranks; stay as they are.</param>
    /// <param name="pieces">The pieces by rank, one behind the other.</param>
    /// <param name="own">Receives the sums of this rank's piece.</param>
    public static void ReduceScatter<T>(this ICollectives ranks, ReadOnlySpan<T> values, ReadOnlySpan<Piece> pieces, Span<T> own)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckPieces(Require.NotNull(ranks), values.Length, pieces, nameof(pieces));
        new PartSum<T>(ranks, pieces.ToArray(), ranks.Size).Reduce(values, own);
    }

    /// <summary>Every rank's number, in the order of the ranks.</summary>
    /// <typeparam name="T">The type of the number.</typeparam>
    /// <param name="ranks">The ranks.</param>
    /// <param name="value">This rank's number.</param>
    /// <returns>The numbers by rank; the same on all of them.</returns>
    public static T[] Gather<T>(this ICollectives ranks, T value)
        where T : unmanaged
    {
        var all = new T[Require.NotNull(ranks).Size];
        all[ranks.Rank] = value;
        ranks.AllGather(all, Evenly(all.Length, all.Length));
        return all;
    }

    /// <summary>Every rank's text, in the order of the ranks.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <param name="text">This rank's text.</param>
    /// <returns>The texts by rank; the same on all of them.</returns>
    public static string[] Gather(this ICollectives ranks, string text)
    {
        var lengths = ranks.Gather(Require.NotNull(text).Length);
        var pieces = Behind(lengths);
        var all = new char[pieces[^1].End];
        text.CopyTo(Of<char>(all, pieces[ranks.Rank]));
        ranks.AllGather<char>(all, pieces);
        return Array.ConvertAll(pieces, piece => new string(all, piece.Start, piece.Length));
    }

    /// <summary>Whether something holds on at least one rank.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <param name="here">Whether it holds on this one.</param>
    /// <returns>The same answer on all ranks.</returns>
    public static bool Any(this ICollectives ranks, bool here) => ranks.Gather(here ? (byte)1 : (byte)0).Contains((byte)1);

    /// <summary>A vector cut into pieces of nearly equal length, at whole cache lines where it is long enough.</summary>
    /// <param name="length">The length of the vector, ≥ 0.</param>
    /// <param name="pieces">The number of pieces, ≥ 1.</param>
    /// <returns>The pieces, one behind the other.</returns>
    public static Piece[] Evenly(int length, int pieces)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Require.Count(pieces, nameof(pieces));
        const int Line = 16;
        var unit = length >= Line * Line * (long)pieces ? Line : 1;
        var cuts = new Piece[pieces];
        for (var i = 0; i < pieces; i++)
        {
            cuts[i] = Between(Cut(i), Cut(i + 1));
        }

        return cuts;

        int Cut(int i) => i == pieces ? length : (int)((long)length * i / pieces / unit * unit);
    }

    internal static Piece Between(int start, int end) => new(start, end - start);

    /// <summary>Pieces of some lengths, one behind the other.</summary>
    internal static Piece[] Behind(ReadOnlySpan<int> lengths)
    {
        var pieces = new Piece[lengths.Length];
        for (var i = 0; i < lengths.Length; i++)
        {
            pieces[i] = new Piece(i == 0 ? 0 : pieces[i - 1].End, lengths[i]);
        }

        return pieces;
    }

    internal static Span<T> Of<T>(Span<T> vector, Piece piece) => vector.Slice(piece.Start, piece.Length);

    internal static ReadOnlySpan<T> Read<T>(ReadOnlySpan<T> vector, Piece piece) => vector.Slice(piece.Start, piece.Length);

    internal static void CheckPieces(ICollectives ranks, int length, ReadOnlySpan<Piece> pieces, string name)
    {
        if (pieces.Length != ranks.Size)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"{name} has {pieces.Length} pieces; expected one for each of {ranks.Size} ranks."), name);
        }

        foreach (var piece in pieces)
        {
            if (piece.Start < 0 || piece.Length < 0 || piece.Start > length - piece.Length)
            {
                throw new ArgumentException(
                    FormattableString.Invariant($"{name} has the piece {piece}; the vector has {length} numbers."), name);
            }
        }
    }

    internal static void CheckRoot(ICollectives ranks, int root)
    {
        if (root < 0 || root >= ranks.Size)
        {
            throw Require.Outside(nameof(root), root, FormattableString.Invariant($"0 ≤ value < {ranks.Size}, the number of ranks"));
        }
    }
}
