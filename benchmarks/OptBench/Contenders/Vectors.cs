using System.Runtime.InteropServices;

namespace OptBench.Contenders;

/// <summary>
/// Vectors as a careful hand would lay them out: 64-byte aligned, padded with zeros to whole 512-bit registers, staggered
/// within a page.
/// </summary>
internal sealed unsafe class Vectors<T> : IDisposable
    where T : unmanaged
{
    public const int Page = 4096;

    private const int Register = 64;
    private const int Stagger = 9 * Register;

    private readonly byte* _allocated;
    private readonly byte* _memory;
    private readonly nint _stride;

    /// <param name="length">The number of elements of each vector.</param>
    /// <param name="count">The number of vectors.</param>
    /// <param name="offset">Where in a page the first one starts, in bytes.</param>
    public Vectors(int length, int count, int offset = 0)
    {
        Length = length;
        var bytes = (((nint)length * sizeof(T)) + Register - 1) & ~(nint)(Register - 1);
        Padded = bytes / sizeof(T);
        _stride = bytes + ((Stagger - (bytes % Page) + Page) % Page);
        _allocated = (byte*)NativeMemory.AlignedAlloc((nuint)((_stride * count) + offset), Page);
        _memory = _allocated + offset;
        NativeMemory.Clear(_memory, (nuint)(_stride * count));
    }

    /// <summary>
    /// How far behind the first vector a gradient lies, modulo a page, in the middle of the gap that the vectors leave there: where one of
    /// them lies just ahead of it, loads wait for stores that only seem to have their address (table `placement`).
    /// </summary>
    /// <param name="count">The number of vectors.</param>
    public static int Clear(int count) => (Page - (Stagger * (count - 1))) / 2 / Register * Register;

    public int Length { get; }

    /// <summary>The length with padding.</summary>
    public nint Padded { get; }

    public T* this[int vector] => (T*)(_memory + (vector * _stride));

    public Span<T> Span(int vector) => new(this[vector], Length);

    public void Dispose() => NativeMemory.AlignedFree(_allocated);
}
