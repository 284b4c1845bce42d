using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// The part of the parameters that one rank steps: a plan for a layout of the same tensors, of which this rank's elements are
/// left. What couples elements of several ranks is computed through here, in the order of a plan for all of them.
/// </summary>
/// <param name="ranks">The ranks.</param>
/// <param name="whole">The layout of all parameters.</param>
/// <param name="cut">Who has which elements.</param>
internal sealed class Shard(ICollectives ranks, Layout whole, ShardCut cut)
{
    private readonly object?[] _whole = new object?[3];

    public ICollectives Ranks => ranks;

    /// <summary>The layout of all parameters.</summary>
    public Layout Whole => whole;

    public Piece[] Pieces => cut.Pieces;

    public Piece Own => cut.Pieces[ranks.Rank];

    /// <summary>Whether a tensor is this rank's to work on.</summary>
    public bool Has(int tensor) => cut.Has(ranks.Rank, tensor);

    /// <summary>All ranks' elements of a vector of which each has its own. Valid until the next call with the same place.</summary>
    public Span<T> All<T>(ReadOnlySpan<T> own, int place = 0)
        where T : unmanaged
    {
        var all = (T[])(_whole[place] ??= new T[whole.Length]);
        own.CopyTo(Collectives.Of<T>(all, Own));
        ranks.AllGather<T>(all, Pieces);
        return all;
    }

    /// <summary>The smallest index among all parameters at which a rank has found something.</summary>
    /// <param name="found">Where this rank has, counted from the start of its own elements; −1 for nowhere.</param>
    public int First(int found)
    {
        var first = ranks.Gather(found < 0 ? int.MaxValue : Own.Start + found).Min();
        return first == int.MaxValue ? -1 : first;
    }

    /// <summary>The elements of some tensors in the vector of all parameters, neighbours merged.</summary>
    public ElementRange[] Ranges(TensorSet tensors) => ResolvedOptimizer.RangesIn(whole, tensors);
}

/// <summary>Who has which elements: consecutive ones for each rank.</summary>
/// <param name="Pieces">The elements by rank.</param>
/// <param name="Owners">For every tensor the rank that has it; null where tensors are cut.</param>
internal sealed record ShardCut(Piece[] Pieces, int[]? Owners)
{
    // How far a cut may move to where a chunk of the sums ends, in shares of a rank.
    private const int MostMoved = 8;

    public bool Has(int rank, int tensor) => Owners is null || Owners[tensor] == rank;

    /// <summary>Whether a part of this cut has something in common with one of another.</summary>
    public bool Shares(int rank, ShardCut other, int otherRank)
    {
        var (a, b) = (Pieces[rank], other.Pieces[otherRank]);
        return Math.Max(a.Start, b.Start) < Math.Min(a.End, b.End)
            || (Owners is not null
                && Enumerable.Range(0, Owners.Length).Any(tensor => Has(rank, tensor) && other.Has(otherRank, tensor)));
    }

    /// <summary>Whether every element of a layout, and every tensor, is somebody's.</summary>
    public bool Covers(Layout layout)
    {
        var end = 0;
        foreach (var piece in Pieces)
        {
            if (piece.Start != end || piece.Length > layout.Length - end)
            {
                return false;
            }

            end = piece.End;
        }

        return end == layout.Length
            && (Owners is null || (Owners.Length == layout.Tensors.Count && Owners.All(owner => owner < Pieces.Length)));
    }

    /// <summary>Whether everybody has the same in another cut.</summary>
    public bool IsLike(ShardCut other) =>
        Pieces.AsSpan().SequenceEqual(other.Pieces)
        && (Owners is null ? other.Owners is null : other.Owners is not null && Owners.AsSpan().SequenceEqual(other.Owners));

    /// <summary>Everything with one rank.</summary>
    public static ShardCut None(Layout layout) => new([new Piece(0, layout.Length)], new int[layout.Tensors.Count]);

    /// <summary>Cuts anywhere, and where a norm's chunks end if that is near.</summary>
    public static ShardCut OfElements(ResolvedOptimizer model, int ranks)
    {
        var length = model.Layout.Length;
        var ends = Reduction.Chunks(model.Ranges(model.Moving)).Select(chunk => chunk.End).ToArray();
        var pieces = Collectives.Evenly(length, ranks);
        for (var rank = 1; rank < ranks; rank++)
        {
            var start = pieces[rank].Start;
            var near = Nearest(ends, start);
            start = Math.Abs(near - start) <= length / ranks / MostMoved ? near : start;
            pieces[rank - 1] = Collectives.Between(pieces[rank - 1].Start, start);
            pieces[rank] = Collectives.Between(start, pieces[rank].End);
        }

        return new ShardCut(pieces, null);
    }

    /// <summary>Cuts between tensors, so that the largest piece is as small as can be.</summary>
    public static ShardCut OfTensors(Layout layout, int ranks)
    {
        var tensors = layout.Tensors;
        long low = tensors.Count == 0 ? 0 : tensors.Max(tensor => tensor.Length), high = Math.Max(layout.Length, low);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            (low, high) = Fill(tensors, middle, out _) <= ranks ? (low, middle) : (middle + 1, high);
        }

        Fill(tensors, low, out var owners);
        var pieces = new Piece[ranks];
        var end = 0;
        for (int rank = 0, next = 0; rank < ranks; rank++)
        {
            var start = end;
            for (; next < owners.Length && owners[next] == rank; next++)
            {
                end = tensors[next].End;
            }

            pieces[rank] = Collectives.Between(start, end);
        }

        return new ShardCut(pieces, owners);
    }

    /// <summary>The layout of one rank: the same names, without the elements that are not its own.</summary>
    public Layout LayoutOf(Layout whole, int rank)
    {
        var own = Pieces[rank];
        return Layout.Of(whole.Tensors.Select((tensor, index) => (tensor.Name, Shape(tensor, index))));

        int[] Shape(TensorInfo tensor, int index)
        {
            if (Owners is null)
            {
                return [Math.Max(0, Math.Min(tensor.End, own.End) - Math.Max(tensor.Offset, own.Start))];
            }

            // As many axes, which rules may ask for.
            return Owners[index] == rank ? [.. tensor.Shape] : new int[Math.Max(1, tensor.Shape.Count)];
        }
    }

    /// <summary>Copies what two parts of a state have in common.</summary>
    /// <param name="from">The store of one part.</param>
    /// <param name="model">Its model.</param>
    /// <param name="rank">Its number in this cut.</param>
    /// <param name="to">The store of the other.</param>
    /// <param name="toModel">Its model.</param>
    /// <param name="other">The cut of the other.</param>
    /// <param name="toRank">Its number in that cut.</param>
    public void Copy<T>(
        StateStore<T> from, ResolvedOptimizer model, int rank, StateStore<T> to, ResolvedOptimizer toModel, ShardCut other, int toRank)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (here, there) = (Pieces[rank], other.Pieces[toRank]);
        var (start, end) = (Math.Max(here.Start, there.Start), Math.Min(here.End, there.End));
        for (var lane = 0; lane < model.Lanes && start < end; lane++)
        {
            from.Buffer[lane][(start - here.Start)..(end - here.Start)].CopyTo(to.Buffer[lane][(start - there.Start)..]);
        }

        from.Counts.CopyTo(to.Counts, 0);
        for (var i = 0; i < model.Slots.Count; i++)
        {
            var (slot, target) = (model.Slots[i], toModel.Slots[i]);
            for (var tensor = 0; tensor < model.Layout.Tensors.Count; tensor++)
            {
                var both = Has(rank, tensor) && other.Has(toRank, tensor);
                switch (slot.Spec.Kind)
                {
                    case SlotKind.PerTensor when both:
                        to.Scalars[target.Index + tensor] = from.Scalars[slot.Index + tensor];
                        break;
                    case SlotKind.Shaped when both && slot.Pieces[tensor].Length > 0:
                        slot.Pieces[tensor].In(from.Shaped).CopyTo(target.Pieces[tensor].In(to.Shaped));
                        break;
                    default:
                        break;
                }
            }

            if (slot.Spec.Kind == SlotKind.Scalar)
            {
                to.Scalars[target.Index] = from.Scalars[slot.Index];
            }
        }
    }

    private static int Nearest(int[] ends, int place)
    {
        var index = Array.BinarySearch(ends, place);
        index = index < 0 ? ~index : index;
        var after = index < ends.Length ? ends[index] : place;
        var before = index > 0 ? ends[index - 1] : 0;
        return after - place <= place - before ? after : before;
    }

    // How many ranks it takes when none has more than so many elements.
    private static int Fill(IReadOnlyList<TensorInfo> tensors, long most, out int[] owners)
    {
        owners = new int[tensors.Count];
        var rank = 0;
        long filled = 0;
        for (var i = 0; i < owners.Length; i++)
        {
            if (filled + tensors[i].Length > most)
            {
                (rank, filled) = (rank + 1, 0);
            }

            filled += tensors[i].Length;
            owners[i] = rank;
        }

        return rank + 1;
    }
}
