using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OptCore.Kernels;

/// <summary>
/// The vectors of one state in one block of pinned memory: 64-byte aligned, each padded to whole 512-bit registers, and
/// successive vectors staggered within a page, because vectors at the same page offset evict one another (1.2–2.4×). Blocks
/// of a page or more begin at a page, so that a step from one state to another finds each vector at the same page offset in
/// both: with 64 bytes between the offsets every load waits for the store before it (1.8×).
/// </summary>
internal sealed unsafe class AlignedBuffer<T>
    where T : unmanaged
{
    private const int Alignment = 64;
    private const int Page = 4096;

    // An odd number of cache lines: 64 successive vectors start at 64 different offsets within a page.
    private const int Stagger = 9 * Alignment;

    // Counted in lines: an array of bytes could hold 2 GiB at most.
    private readonly Line[] _memory;

    /// <summary>Allocates zeroed memory.</summary>
    /// <param name="length">The number of elements of each vector.</param>
    /// <param name="vectors">The number of vectors.</param>
    /// <param name="zeroed">False where the caller writes all elements anyhow; what pads the vectors is zero in any case.</param>
    /// <param name="atPage">The element of a vector that begins where else the first one would: that from which on it is stepped beside
    /// vectors of other buffers.</param>
    public AlignedBuffer(int length, int vectors, bool zeroed = true, int atPage = 0)
    {
        Length = length;
        Vectors = vectors;
        Stride = StrideOf(length);
        var alignment = Bytes < Page ? Alignment : Page;
        var before = (nint)atPage * sizeof(T) % alignment;
        var lines = checked((int)((Bytes + (before > 0 ? 2 * alignment : alignment)) / Alignment));
        _memory = zeroed ? GC.AllocateArray<Line>(lines, pinned: true) : GC.AllocateUninitializedArray<Line>(lines, pinned: true);
        var address = (nint)Unsafe.AsPointer(ref _memory[0]);
        Origin = (T*)(((address + alignment - 1) & ~(nint)(alignment - 1)) + (before > 0 ? alignment - before : 0));
        for (var vector = 0; vector < vectors && !zeroed; vector++)
        {
            new Span<T>(Origin + (vector * Stride) + length, (int)(Stride - length)).Clear();
        }
    }

    /// <summary>The number of elements of each vector.</summary>
    public int Length { get; }

    /// <summary>The number of vectors.</summary>
    public int Vectors { get; }

    /// <summary>The distance between successive vectors, in elements.</summary>
    public nint Stride { get; }

    /// <summary>The size of all vectors in bytes.</summary>
    public nint Bytes => Stride * Vectors * sizeof(T);

    /// <summary>The first element of the first vector. Valid while this object is alive.</summary>
    public T* Origin { get; }

    /// <summary>One vector. Valid while this object is alive.</summary>
    public Span<T> this[int vector] => new(Origin + (vector * Stride), Length);

    /// <summary>All vectors, <see cref="Stride"/> elements apart. Valid while this object is alive.</summary>
    public Span<T> All => new(Origin, checked((int)(Stride * Vectors)));

    /// <summary>Copies all vectors of a buffer of the same shape.</summary>
    public void CopyFrom(AlignedBuffer<T> other) => Buffer.MemoryCopy(other.Origin, Origin, Bytes, Bytes);

    private static nint StrideOf(int length)
    {
        var bytes = (((nint)length * sizeof(T)) + Alignment - 1) & ~(nint)(Alignment - 1);
        if (bytes == 0)
        {
            bytes = Alignment;
        }

        // Vectors shorter than the stagger stay dense.
        return (bytes <= Stagger ? bytes : bytes + ((Stagger - (bytes % Page) + Page) % Page)) / sizeof(T);
    }

    [StructLayout(LayoutKind.Sequential, Size = Alignment)]
    private struct Line
    {
        // Only its address is taken.
        private byte _first;
    }
}
