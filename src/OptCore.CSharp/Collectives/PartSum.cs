using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Sums k parts that ranks hold, in the order of <see cref="PartTree"/>: every rank sends its branches piece by piece to those
/// that keep the pieces, which add up what has come. What is moved is what a reduce-scatter moves at least.
/// </summary>
/// <remarks>
/// In blocks: what has come is added up while it is in the cache, and takes little memory whatever the number of ranks.
/// </remarks>
internal sealed class PartSum<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Of all that is received at a time.
    private const int MostReceived = 1 << 19;
    private const int LeastBlock = 1024;

    // Blocks: one that is added up and one that comes meanwhile.
    private const int MostUnderWay = 2;

    // In bytes: what is too small for a message of its own comes back with all the rest.
    private const int LeastBack = 1 << 16;

    // In bytes: a step of a block finds it in the second-level cache, beside all else that it reads and writes.
    private const int MostBlock = 1 << 18;

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
    private readonly int _halves;
    private readonly List<(int To, int From)> _additions = [];
    private readonly AlignedBuffer<T> _received;
    private readonly Piece[] _from;
    private readonly Piece[] _to;
    private readonly T[][] _sums;
    private readonly List<T[]> _spare = [];
    private readonly bool _comesBackInBlocks;

    // Exchanges are counted, and end in the order in which they were begun: that of a half is the last of its block.
    private readonly long[] _lastOf = new long[MostUnderWay];
    private long _begun;
    private long _ended;

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
        _halves = Math.Clamp(_blocks, 1, MostUnderWay);
        _received = new AlignedBuffer<T>(parts == 1 ? 0 : _block, _halves * all.Count);
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
    /// The sum over all ranks, divided by a number, handed over block by block while it is in the cache; what becomes of it comes back to all.
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

    // While a block is added up and taken, the next one is under way, and what became of those before it. Of the memory of exchanges
    // under way nothing is touched here: a block is received in the other half of what is received, the vector is only read, and of
    // what comes back this rank writes the block that it takes, which is sent afterwards.
    private unsafe void Run(ReadOnlySpan<T> vector, int divisor, Span<T> own, MeanTaker<T>? take, Span<T> back)
    {
        fixed (T* stays = vector)
        {
            try
            {
                Begin(vector, 0);
                for (var block = 0; block < _blocks; block++)
                {
                    Begin(vector, block + 1);
                    End(block);
                    var here = Block(_ranks.Rank, block);
                    var start = here.Start - _pieces[_ranks.Rank].Start;

                    // In the place of what is added up last.
                    var mean = take is null
                        ? own.Slice(start, here.Length)
                        : Received(block, _additions.Count == 0 ? 0 : _additions[^1].From, here);
                    Divide(vector, block, here, divisor, mean);
                    if (take is not null && here.Length > 0)
                    {
                        take(start, mean);
                    }

                    BeginBack(back, block);
                }

                EndUntil(_begun);
            }
            catch (Exception error)
            {
                _ranks.AbandonExchanges(error);
                (_begun, _ended) = (0, 0);
                throw;
            }
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

    // One branch of each rank, or all of them.
    private void Begin(ReadOnlySpan<T> vector, int block)
    {
        if (block >= _blocks || _pieces.Length == 1)
        {
            return;
        }

        for (var round = 0; round < (vector.IsEmpty ? _rounds : 1); round++)
        {
            // Nothing to itself: what a rank keeps, it reads where it is.
            for (var rank = 0; rank < _pieces.Length; rank++)
            {
                _from[rank] = round < _own.Count && rank != _ranks.Rank ? Block(rank, block) : default;
                _to[rank] = round < _branches[rank].Length && rank != _ranks.Rank
                    ? new Piece(checked(Place(block, _branches[rank].Start + round) * (int)_received.Stride), Block(_ranks.Rank, block).Length)
                    : default;
            }

            var sent = !vector.IsEmpty ? vector : round < _own.Count ? _sums[round] : [];
            _ranks.BeginExchange(sent, _from, _received.All, _to);
            _begun++;
        }

        _lastOf[block % _halves] = _begun;
    }

    private void End(int block)
    {
        if (_pieces.Length > 1)
        {
            EndUntil(_lastOf[block % _halves]);
        }
    }

    private void EndUntil(long last)
    {
        for (; _ended < last; _ended++)
        {
            _ranks.EndExchange();
        }
    }

    // In place: a rank's pieces are where all ranks have them.
    private void BeginBack(Span<T> back, int block)
    {
        if (back.IsEmpty || !_comesBackInBlocks)
        {
            return;
        }

        for (var rank = 0; rank < _pieces.Length; rank++)
        {
            _from[rank] = rank == _ranks.Rank ? default : Block(_ranks.Rank, block);
            _to[rank] = rank == _ranks.Rank ? default : Block(rank, block);
        }

        _ranks.BeginExchange(back, _from, back, _to);
        _begun++;
    }

    private Piece Block(int rank, int block)
    {
        var piece = _pieces[rank];
        var start = Math.Min((long)block * _block, piece.Length);
        return new Piece(piece.Start + (int)start, (int)Math.Min(_block, piece.Length - start));
    }

    // The last addition and the division are one pass: with two ranks all there is.
    private void Divide(ReadOnlySpan<T> vector, int block, Piece here, int divisor, Span<T> target)
    {
        if (_additions.Count == 0)
        {
            Average(Kept(0, vector, here), [], divisor, target);
            return;
        }

        var (to, from) = _additions[^1];
        if (_additions.Count == 1)
        {
            // Two branches, on two ranks.
            var isFirst = _branches[_ranks.Rank].Start == to;
            Average(
                isFirst ? Kept(0, vector, here) : Received(block, to, here),
                isFirst ? Received(block, from, here) : Kept(0, vector, here),
                divisor,
                target);
            return;
        }

        for (var i = 0; i < _own.Count; i++)
        {
            Kept(i, vector, here).CopyTo(Received(block, _branches[_ranks.Rank].Start + i, here));
        }

        for (var i = 0; i < _additions.Count - 1; i++)
        {
            Add(Received(block, _additions[i].To, here), Received(block, _additions[i].From, here));
        }

        Average(Received(block, to, here), Received(block, from, here), divisor, target);
    }

    // A branch of this rank, where it sends from.
    private ReadOnlySpan<T> Kept(int branch, ReadOnlySpan<T> vector, Piece here) =>
        Collectives.Read(vector.IsEmpty ? _sums[branch] : vector, here);

    private Span<T> Received(int block, int branch, Piece here) => _received[Place(block, branch)][..here.Length];

    // What is received of two successive blocks is received in two halves.
    private int Place(int block, int branch) => (block % _halves * (_received.Vectors / _halves)) + branch;

    private static void Add(Span<T> to, ReadOnlySpan<T> terms)
    {
        ref var a = ref MemoryMarshal.GetReference(to);
        ref var b = ref MemoryMarshal.GetReference(terms[..to.Length]);
        nuint i = 0;
        for (var end = WholeRegisters(to.Length); i < end; i += (nuint)Vector<T>.Count)
        {
            (Vector.LoadUnsafe(ref a, i) + Vector.LoadUnsafe(ref b, i)).StoreUnsafe(ref a, i);
        }

        for (var rest = (int)i; rest < to.Length; rest++)
        {
            to[rest] += terms[rest];
        }
    }

    // (a + b) / k, or a / k without b. A power of two divides as exactly by its inverse. Slices are checked once: in the loop they took as
    // long as its memory.
    private static void Average(ReadOnlySpan<T> a, ReadOnlySpan<T> b, int parts, Span<T> mean)
    {
        a = a[..mean.Length];
        if (b.IsEmpty)
        {
            Divide(a, parts, mean);
            return;
        }

        var divisor = T.CreateTruncating(parts);
        ref var x = ref MemoryMarshal.GetReference(a);
        ref var y = ref MemoryMarshal.GetReference(b[..mean.Length]);
        ref var to = ref MemoryMarshal.GetReference(mean);
        var (end, i) = (WholeRegisters(mean.Length), (nuint)0);
        if (BitOperations.IsPow2(parts))
        {
            for (var inverse = new Vector<T>(T.One / divisor); i < end; i += (nuint)Vector<T>.Count)
            {
                ((Vector.LoadUnsafe(ref x, i) + Vector.LoadUnsafe(ref y, i)) * inverse).StoreUnsafe(ref to, i);
            }
        }
        else
        {
            for (var all = new Vector<T>(divisor); i < end; i += (nuint)Vector<T>.Count)
            {
                ((Vector.LoadUnsafe(ref x, i) + Vector.LoadUnsafe(ref y, i)) / all).StoreUnsafe(ref to, i);
            }
        }

        for (var rest = (int)i; rest < mean.Length; rest++)
        {
            mean[rest] = (a[rest] + b[rest]) / divisor;
        }
    }

    private static void Divide(ReadOnlySpan<T> a, int parts, Span<T> mean)
    {
        var divisor = T.CreateTruncating(parts);
        var all = new Vector<T>(divisor);
        ref var x = ref MemoryMarshal.GetReference(a);
        ref var to = ref MemoryMarshal.GetReference(mean);
        nuint i = 0;
        for (var end = WholeRegisters(mean.Length); i < end; i += (nuint)Vector<T>.Count)
        {
            (Vector.LoadUnsafe(ref x, i) / all).StoreUnsafe(ref to, i);
        }

        for (var rest = (int)i; rest < mean.Length; rest++)
        {
            mean[rest] = a[rest] / divisor;
        }
    }

    private static nuint WholeRegisters(int length) => (nuint)(length - (length % Vector<T>.Count));
}

/// <summary>Writes the gradient of a part.</summary>
internal delegate void PartInto<T>(int part, Span<T> gradient)
    where T : unmanaged;

/// <summary>Takes a piece of a mean.</summary>
/// <param name="start">The index of its first number among those of this rank.</param>
/// <param name="mean">The numbers; the next ones are in their place afterwards.</param>
internal delegate void MeanTaker<T>(int start, ReadOnlySpan<T> mean)
    where T : unmanaged;
