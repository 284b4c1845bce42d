using System.Runtime.InteropServices;

namespace OptBench.Contenders;

/// <summary>
/// Vectors as a careful hand would lay them out: 64-byte aligned, padded with zeros to whole 512-bit registers, staggered
/// within a page.
/// </summary>
internal sealed unsafe class Vectors<T> : IDisposable
    where T : unmanaged
{
    private const int Register = 64;
    private const int Stagger = 9 * Register;
    private const int Page = 4096;

    private readonly byte* _memory;
    private readonly nint _stride;

    public Vectors(int length, int count)
    {
        Length = length;
        var bytes = (((nint)length * sizeof(T)) + Register - 1) & ~(nint)(Register - 1);
        Padded = bytes / sizeof(T);
        _stride = bytes + ((Stagger - (bytes % Page) + Page) % Page);
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)(_stride * count), Page);
        NativeMemory.Clear(_memory, (nuint)(_stride * count));
    }

    public int Length { get; }

    /// <summary>The length with padding.</summary>
    public nint Padded { get; }

    public T* this[int vector] => (T*)(_memory + (vector * _stride));

    public Span<T> Span(int vector) => new(this[vector], Length);

    public void Dispose() => NativeMemory.AlignedFree(_memory);
}
