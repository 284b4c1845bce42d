using OptCore.Kernels;

namespace OptCore;

/// <summary>The memory of one state: vectors, doubles, integers, slots with shapes of their own.</summary>
internal sealed class StateStore<T>(AlignedBuffer<T> buffer, double[] scalars, long[] counts, T[] shaped)
    where T : unmanaged
{
    public AlignedBuffer<T> Buffer { get; } = buffer;

    public double[] Scalars { get; } = scalars;

    public long[] Counts { get; } = counts;

    public T[] Shaped { get; } = shaped;

    public static StateStore<T> For(ResolvedOptimizer model) =>
        new(new AlignedBuffer<T>(model.Layout.Length, model.Lanes), new double[model.Scalars], new long[model.Counts], new T[model.Shaped]);

    /// <summary>Memory into which all that a file has of a state is read; zero where it has nothing.</summary>
    public static StateStore<T> ToBeRead(ResolvedOptimizer model)
    {
        var store = new StateStore<T>(
            new AlignedBuffer<T>(model.Layout.Length, model.Lanes, zeroed: false),
            new double[model.Scalars],
            new long[model.Counts],
            new T[model.Shaped]);
        var read = new long[model.Lanes];
        foreach (var place in SlotPlaces.OfParameters(model.Layout).Concat(model.Slots.SelectMany(slot => SlotPlaces.Of(model, slot))))
        {
            if (place is { Storage: SlotStorage.Vector, Lane: not SlotPlace.NoLane })
            {
                read[place.Lane] += place.Length;
            }
        }

        for (var lane = 0; lane < read.Length; lane++)
        {
            // A slot of some tensors only, beside which nothing is stored.
            if (read[lane] < model.Layout.Length)
            {
                store.Buffer[lane].Clear();
            }
        }

        return store;
    }

    /// <summary>The numbers of a piece in a vector.</summary>
    public Span<T> Vector(SlotPlace place) =>
        place.Lane == SlotPlace.NoLane ? Shaped.AsSpan(place.First, place.Length) : Buffer[place.Lane].Slice(place.First, place.Length);

    /// <summary>The doubles of a piece.</summary>
    public Span<double> Numbers(SlotPlace place) => Scalars.AsSpan(place.First, place.Length);

    /// <summary>The integers of a piece.</summary>
    public Span<long> Integers(SlotPlace place) => Counts.AsSpan(place.First, place.Length);

    public void CopyNumbersFrom(StateStore<T> other)
    {
        CopyFew(other.Scalars, Scalars);
        CopyFew(other.Counts, Counts);
        other.Shaped.AsSpan().CopyTo(Shaped);
    }

    public StateStore<T> Copy()
    {
        var copy = new StateStore<T>(new AlignedBuffer<T>(Buffer.Length, Buffer.Vectors), [.. Scalars], [.. Counts], [.. Shaped]);
        copy.Buffer.CopyFrom(Buffer);
        return copy;
    }

    // Mostly a few numbers, in every step: a loop over them is faster than a call.
    private static void CopyFew<TNumber>(TNumber[] from, TNumber[] to)
    {
        const int MaxCopiedByLoop = 8;
        if (from.Length > MaxCopiedByLoop)
        {
            from.AsSpan().CopyTo(to);
            return;
        }

        for (var i = 0; i < from.Length && i < to.Length; i++)
        {
            to[i] = from[i];
        }
    }
}
