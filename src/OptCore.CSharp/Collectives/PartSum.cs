using System.Numerics;
using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Sums k parts that ranks hold, in the order of <see cref="PartTree"/>: every rank sends its branches piece by piece to those
/// that keep the pieces, which add up what has come. What is moved is what a reduce-scatter moves at least.
/// </summary>
/// <remarks>
/// In blocks: what has come is added up while it is in the cache, and takes little memory whatever the number of ranks.
/// </remarks>
internal sealed partial class PartSum<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Of all that is received at a time.
    private const int MostReceived = 1 << 19;
    private const int LeastBlock = 1024;

    // In bytes: what is too small for a message of its own comes back with all the rest.
    private const int LeastBack = 1 << 16;

    // In bytes: a step of a block finds it in the second-level cache, beside all else that it reads and writes.
    private const int MostBlock = 1 << 17;

    // Of elements, so that a block begins where a register does.
    private const int Line = 16;

    private readonly ICollectives _ranks;
    private readonly Piece[] _pieces;
    private readonly int _parts;

    // By rank: the number of its first branch among all, and how many it has.
    private readonly Piece[] _branches;
    private readonly List<Piece> _own;
    private readonly int _rounds;
    private readonly int _block;
    private readonly int _blocks;
    private readonly int _underWay;
    private readonly List<(int To, int From)> _additions = [];
    private readonly AlignedBuffer<T> _received;
    private readonly Piece[] _from;
    private readonly Piece[] _to;
    private readonly T[][] _sums;
    private readonly List<T[]> _spare = [];
    private readonly bool _comesBackInBlocks;

    public PartSum(ICollectives ranks, Piece[] pieces, int parts)
    {
        (_ranks, _pieces, _parts) = (ranks, pieces, parts);
        var all = new List<Piece>();
        var counts = new int[ranks.Size];
        for (var rank = 0; rank < ranks.Size; rank++)
        {
            var branches = PartTree.BranchesWithin(PartTree.PartsOf(rank, ranks.Size, parts), parts);
            counts[rank] = branches.Count;
            all.AddRange(branches);
        }

        _branches = Collectives.Behind(counts);
        _own = all.GetRange(_branches[ranks.Rank].Start, _branches[ranks.Rank].Length);
        _rounds = counts.Max();
        var longest = pieces.Max(piece => piece.Length);
        var most = Math.Min(MostReceived / all.Count, MostBlock / Unsafe.SizeOf<T>()) / Line * Line;
        _block = Math.Min(longest, Math.Max(LeastBlock, most));
        _blocks = longest == 0 ? 0 : ((longest - 1) / _block) + 1;
        _underWay = Math.Clamp(_blocks, 1, MostUnderWay);
        _received = new AlignedBuffer<T>(parts == 1 ? 0 : _block, _underWay * all.Count);
        _comesBackInBlocks = ranks.Size > 1 && _blocks > 1 && _block * Unsafe.SizeOf<T>() >= LeastBack;
        (_from, _to) = (new Piece[ranks.Size], new Piece[ranks.Size]);
        Combine(new Piece(0, parts));

        // The sums of its branches, where a rank evaluates its parts here.
        _sums = new T[_own.Count][];

        int Combine(Piece branch)
        {
            if (all.IndexOf(branch) is var known and >= 0)
            {
                return known;
            }

            var middle = PartTree.Middle(branch);
            var to = Combine(Collectives.Between(branch.Start, middle));
            _additions.Add((to, Combine(Collectives.Between(middle, branch.End))));
            return to;
        }
    }

    /// <summary>The sum over all ranks, divided by a number.</summary>
    /// <param name="vector">The branch of this rank, where each holds one; empty for what <see cref="Evaluate"/> has left.</param>
    /// <param name="own">Receives this rank's piece.</param>
    /// <param name="divisor">The number.</param>
    public void Reduce(ReadOnlySpan<T> vector, Span<T> own, int divisor = 1) => Run(vector, divisor, own, null, []);

    /// <summary>The mean of all parts, of which each rank evaluates its own.</summary>
    /// <param name="evaluate">Writes the gradient of a part.</param>
    /// <param name="length">The length of a gradient.</param>
    /// <param name="own">Receives the means of this rank's piece.</param>
    public void Mean(PartInto<T> evaluate, int length, Span<T> own)
    {
        if (_parts == 1)
        {
            evaluate(0, own);
            return;
        }

        Evaluate(evaluate, length);
        Reduce([], own, _parts);
    }

    /// <summary>The gradients of this rank's parts, summed as far as they are summed here: what <see cref="Each"/> goes on with.</summary>
    /// <param name="evaluate">Writes the gradient of a part.</param>
    /// <param name="length">The length of a gradient.</param>
    public void Evaluate(PartInto<T> evaluate, int length)
    {
        for (var i = 0; i < _own.Count; i++)
        {
            Sum(_own[i], _sums[i] ??= GC.AllocateArray<T>(length, pinned: true), evaluate);
        }
    }

    /// <summary>
    /// The sum over all ranks, divided by a number, handed over block by block while it is in the cache; what becomes of it comes back to
    /// all.
    /// </summary>
    /// <param name="vector">The branch of this rank, where each holds one; empty for what <see cref="Evaluate"/> has left.</param>
    /// <param name="divisor">The number.</param>
    /// <param name="take">Takes every number of this rank's piece once, in order, from multiples of 16 on.</param>
    /// <param name="back">A vector that does not move, in whose piece of this rank <paramref name="take"/> writes what belongs to the
    /// numbers that it takes; afterwards it has the pieces of all ranks. Empty for none.</param>
    public void Each(ReadOnlySpan<T> vector, int divisor, MeanTaker<T> take, Span<T> back)
    {
        Run(vector, divisor, [], take, back);
        if (!back.IsEmpty && !_comesBackInBlocks)
        {
            _ranks.AllGather(back, _pieces);
        }
    }

    private void Sum(Piece branch, T[] into, PartInto<T> evaluate)
    {
        if (branch.Length == 1)
        {
            evaluate(branch.Start, into);
            return;
        }

        var middle = PartTree.Middle(branch);
        Sum(Collectives.Between(branch.Start, middle), into, evaluate);
        var other = _spare.Count > 0 ? _spare[^1] : new T[into.Length];
        if (_spare.Count > 0)
        {
            _spare.RemoveAt(_spare.Count - 1);
        }

        Sum(Collectives.Between(middle, branch.End), other, evaluate);
        Add(into, other);
        _spare.Add(other);
    }
}

/// <summary>Writes the gradient of a part.</summary>
internal delegate void PartInto<T>(int part, Span<T> gradient)
    where T : unmanaged;

/// <summary>Takes a piece of a mean.</summary>
/// <param name="start">The index of its first number among those of this rank.</param>
/// <param name="mean">The numbers; the next ones are in their place afterwards.</param>
internal delegate void MeanTaker<T>(int start, ReadOnlySpan<T> mean)
    where T : unmanaged;
