using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptCore.Kernels;

/// <summary>
/// The sums of squares of parameters or gradients that are the caller's, one block for every tensor: the bits of
/// <see cref="Reduction.SumOfSquares{T}(ReadOnlySpan{T}, double)"/> over the vector that they would be. A chunk that several
/// tensors have parts of is gathered first. Several threads may share the chunks.
/// </summary>
internal sealed unsafe class BoundSquares<T> : SharedWork
    where T : unmanaged
{
    [ThreadStatic]
    private static AlignedBuffer<T>? _scratch;

    private readonly TensorPlace<T>[] _places;
    private readonly Source _source;
    private readonly ElementRange[] _chunks;
    private readonly int[] _tensors;
    private readonly int[] _firstTensors;
    private readonly double[] _sums;
    private readonly long _elements;
    private readonly int _threads;

    /// <param name="places">Where the tensors are.</param>
    /// <param name="source">The gradient or the parameters.</param>
    /// <param name="tensors">The indices of the tensors, ascending.</param>
    /// <param name="ranges">Their elements: of each, or neighbours merged.</param>
    /// <param name="threads">The largest number of threads.</param>
    public BoundSquares(TensorPlace<T>[] places, Source source, int[] tensors, ReadOnlySpan<ElementRange> ranges, int threads)
    {
        (_places, _source, _threads) = (places, source, threads);
        _tensors = Array.FindAll(tensors, tensor => places[tensor].Range.Length > 0);
        _elements = ElementRange.Total(ranges);
        _chunks = Reduction.Chunks(ranges);
        _sums = new double[_chunks.Length];
        _firstTensors = new int[_chunks.Length];
        for (int i = 0, tensor = 0; i < _chunks.Length; i++)
        {
            while (places[_tensors[tensor]].Range.End <= _chunks[i].Start)
            {
                tensor++;
            }

            _firstTensors[i] = tensor;
        }
    }

    /// <summary>Measures.</summary>
    /// <param name="isShared">Whether other threads may help.</param>
    public void Measure(bool isShared) => RunAll(_chunks.Length, _elements, isShared ? _threads : 1);

    /// <summary><paramref name="sum"/> + Σ x_i² over a range, as measured. Ranges are asked for in their order.</summary>
    /// <param name="range">The range.</param>
    /// <param name="sum">What the chunks are added to, in the order of their index.</param>
    /// <param name="chunk">The number of the range's first chunk, 0 for the first range; afterwards that of the next range's.</param>
    public double Sum(ElementRange range, double sum, ref int chunk)
    {
        for (var start = range.Start; start < range.End; start += Reduction.Chunk)
        {
            sum += _sums[chunk++];
        }

        return sum;
    }

    /// <inheritdoc/>
    public override void Do(int first, int end)
    {
        for (var i = first; i < end; i++)
        {
            _sums[i] = Reduction.SumOfSquares(ElementsOf(_chunks[i], _firstTensors[i]), 0);
        }
    }

    // Optimized at once, as the loops are.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private ReadOnlySpan<T> ElementsOf(ElementRange chunk, int tensor)
    {
        ref readonly var place = ref _places[_tensors[tensor]];
        if (place.Range.End >= chunk.End)
        {
            return Part(in place, chunk.Start, chunk.End);
        }

        var scratch = _scratch ??= new AlignedBuffer<T>(Reduction.Chunk, 1, zeroed: false);
        for (var start = chunk.Start; start < chunk.End; tensor++)
        {
            place = ref _places[_tensors[tensor]];
            var end = Math.Min(place.Range.End, chunk.End);
            Copy(place.Origin(_source) + start, scratch.Origin + start - chunk.Start, (nint)(end - start) * sizeof(T));
            start = end;
        }

        return scratch[0][..chunk.Length];
    }

    // By moves of a register, the last of which overlap: small tensors are copied in less time than it takes to call for it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(void* from, void* to, nint bytes)
    {
        byte* source = (byte*)from, target = (byte*)to;
        if (bytes < Vector256<byte>.Count)
        {
            Unsafe.CopyBlockUnaligned(target, source, (uint)bytes);
            return;
        }

        var last = bytes - Vector256<byte>.Count;
        for (nint i = 0; i < last; i += Vector256<byte>.Count)
        {
            Vector256.Load(source + i).Store(target + i);
        }

        Vector256.Load(source + last).Store(target + last);
    }

    private ReadOnlySpan<T> Part(in TensorPlace<T> place, int start, int end) =>
        place.Of(_source)[(start - place.Range.Start)..(end - place.Range.Start)];
}
