using System.Numerics;
using System.Runtime.InteropServices;

namespace OptCore;

/// <summary>Some numbers of an entry as bytes, in the memory where they live.</summary>
internal delegate Span<byte> Chunk(int first, int count);

/// <summary>Something that is stored: a name, a type, a shape, and the memory that is written from and read into.</summary>
/// <param name="Name">The name in the file.</param>
/// <param name="Type">The type in the file.</param>
/// <param name="Shape">The shape.</param>
/// <param name="Length">How many numbers.</param>
/// <param name="Memory">The memory.</param>
internal sealed record Entry(string Name, string Type, IReadOnlyList<int> Shape, int Length, Chunk Memory)
{
    private const int ChunkBytes = 1 << 19;

    /// <summary>Called behind every piece that was read, with its first number and its length; null for nothing.</summary>
    public Action<int, int>? Arrived { get; init; }

    /// <summary>Whether the memory keeps what was read into it.</summary>
    public bool Stays => Arrived is null;

    public int Size => StoredTensor.SizeOf(Type);

    public long Bytes => (long)Length * Size;

    /// <summary>The name of a number type in the format.</summary>
    public static string TypeOf<T>() =>
        typeof(T) == typeof(float)
            ? "F32"
            : typeof(T) == typeof(double) ? "F64" : typeof(T) == typeof(long) ? "I64" : throw new NotSupportedException(typeof(T).Name);

    public static Entry Of<TValue>(string name, TValue[] values, params int[] shape)
        where TValue : unmanaged =>
        new(
            name,
            TypeOf<TValue>(),
            shape.Length == 0 ? [values.Length] : shape,
            values.Length,
            (first, count) => MemoryMarshal.AsBytes(values.AsSpan(first, count)));

    /// <summary>A piece of a state's memory.</summary>
    public static Entry Of<T>(string name, StateStore<T> store, SlotPlace place)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => place.Storage switch
        {
            SlotStorage.Vector =>
                new(
                    name,
                    TypeOf<T>(),
                    place.Shape,
                    place.Length,
                    (first, count) => MemoryMarshal.AsBytes(store.Vector(place).Slice(first, count))),
            SlotStorage.Numbers =>
                new(
                    name,
                    "F64",
                    place.Shape,
                    place.Length,
                    (first, count) => MemoryMarshal.AsBytes(store.Numbers(place).Slice(first, count))),
            _ => new(
                name, "I64", place.Shape, place.Length, (first, count) => MemoryMarshal.AsBytes(store.Integers(place).Slice(first, count))),
        };

    /// <summary>Hands the memory on, in pieces that stay in the cache between a hash and a copy.</summary>
    public void ForEachChunk(ChunkAction action)
    {
        var most = ChunkBytes / Size;
        for (var first = 0; first < Length; first += Math.Min(most, Length - first))
        {
            var count = Math.Min(most, Length - first);
            action(Memory(first, count), first, count);
            Arrived?.Invoke(first, count);
        }
    }
}

/// <summary>Does something with the bytes of a piece: its first number and its length.</summary>
internal delegate void ChunkAction(Span<byte> bytes, int first, int count);
