using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptCore.Kernels;

/// <summary>
/// The sums of squares of parameters or gradients that are the caller's, one block for every tensor: the bits of
/// <see cref="Reduction.SumOfSquares{T}(ReadOnlySpan{T}, double)"/> over the vector that they would be. Of a chunk that several tensors
/// have parts of, large parts are read where they are, but for the few elements around a border; small ones register by register, or,
/// where registers have fewer than 512 bits, gathered first. Several threads may share the chunks.
/// </summary>
internal sealed unsafe class BoundSquares<T> : SharedWork
    where T : unmanaged
{
    // Parts of this size on average are large: below, runs are so short that they take longer than the ways below.
    private const int LargePart = 512;

    // Of a chunk of large parts: what is in place of each, and what is around its end.
    private const int MostRuns = 2 * Reduction.Chunk / LargePart;

    [ThreadStatic]
    private static AlignedBuffer<T>? _scratch;

    private readonly TensorPlace<T>[] _places;
    private readonly Source _source;
    private readonly ElementRange[] _chunks;
    private readonly int[] _tensors;
    private readonly int[] _firstTensors;
    private readonly int[] _parts;
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
        (_firstTensors, _parts) = (new int[_chunks.Length], new int[_chunks.Length]);
        for (int i = 0, tensor = 0; i < _chunks.Length; i++)
        {
            while (places[_tensors[tensor]].Range.End <= _chunks[i].Start)
            {
                tensor++;
            }

            _firstTensors[i] = tensor;
            _parts[i] = 1;
            while (places[_tensors[tensor + _parts[i] - 1]].Range.End < _chunks[i].End)
            {
                _parts[i]++;
            }
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
            var (chunk, tensor) = (_chunks[i], _firstTensors[i]);
            _sums[i] = _parts[i] == 1
                ? Reduction.SumOfSquares(new ReadOnlySpan<T>(_places[_tensors[tensor]].Origin(_source) + chunk.Start, chunk.Length), 0)
                : _parts[i] * LargePart <= chunk.Length ? SumInPlace(chunk, tensor)
                : Vector512.IsHardwareAccelerated ? SumJoined(chunk, tensor)
                : SumGathered(chunk, tensor);
        }
    }

    private static AlignedBuffer<T> Scratch => _scratch ??= new AlignedBuffer<T>(Reduction.Chunk, 1, zeroed: false);

    // Optimized at once, as the loops are.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double SumInPlace(ElementRange chunk, int tensor)
    {
        var runs = stackalloc Run<T>[MostRuns];
        var scratch = Scratch;
        var borders = scratch.Origin;
        var count = 0;
        for (var start = chunk.Start; start < chunk.End;)
        {
            ref readonly var place = ref _places[_tensors[tensor]];
            var end = Math.Min(place.Range.End, chunk.End);
            var whole = (end - start) & -Reduction.Lanes;
            if (whole > 0)
            {
                runs[count++] = new Run<T>(place.Origin(_source) + start, whole);
                start += whole;
            }

            var last = Math.Min(start + Reduction.Lanes, chunk.End);
            if (start < end)
            {
                runs[count++] = new Run<T>(borders, last - start);
                tensor = Gather(start, last, tensor, borders);
                borders += Reduction.Lanes;
                start = last;
            }

            tensor += _places[_tensors[tensor]].Range.End <= start ? 1 : 0;
        }

        var sum = Reduction.SumOfSquares(new ReadOnlySpan<Run<T>>(runs, count));
        GC.KeepAlive(scratch);
        return sum;
    }

    // Where all partial sums are four registers, they turn with the elements, and every register is read where it is, one on a seam from
    // both tensors. Eight or sixteen take longer to turn than it takes to gather the chunk.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double SumJoined(ElementRange chunk, int tensor)
    {
        var gathered = stackalloc T[Sums512.Count];
        var sums = default(FourSums<Sums512>);
        nint i = chunk.Start, last = chunk.End;
        fixed (TensorPlace<T>* places = _places)
        {
            fixed (int* tensors = _tensors)
            {
                var index = tensors + tensor;
                while (true)
                {
                    var place = places + *index;
                    var values = _source == Source.Gradient ? place->Gradient : place->Parameters;
                    var end = Math.Min(place->Range.End, last);
                    for (; end - i >= Reduction.Lanes; i += Reduction.Lanes)
                    {
                        sums.AddSquares(values + i);
                    }

                    for (; end - i >= Sums512.Count; i += Sums512.Count)
                    {
                        sums.Shift(Sums512.AddSquares(values + i, sums.First));
                    }

                    if (end == last)
                    {
                        if (i < last)
                        {
                            sums.Shift(Sums512.AddSquares(values + i, (int)(last - i), sums.First));
                        }

                        return sums.Fold();
                    }

                    index++;
                    if (i == end)
                    {
                        continue;
                    }

                    var next = places + *index;
                    if (Math.Min(next->Range.End, last) - i >= Sums512.Count)
                    {
                        var behind = _source == Source.Gradient ? next->Gradient : next->Parameters;
                        sums.Shift(Sums512.AddSquares(values + i, behind + i, (int)(end - i), sums.First));
                        i += Sums512.Count;
                        continue;
                    }

                    // More than two tensors, or the chunk's end.
                    var few = (int)Math.Min(Sums512.Count, last - i);
                    index = tensors + Gather((int)i, (int)i + few, (int)(index - 1 - tensors), gathered);
                    sums.Shift(few < Sums512.Count
                        ? Sums512.AddSquares(gathered, few, sums.First)
                        : Sums512.AddSquares(gathered, sums.First));
                    i += few;
                    if (i == last)
                    {
                        return sums.Fold();
                    }

                    index += places[*index].Range.End <= i ? 1 : 0;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double SumGathered(ElementRange chunk, int tensor)
    {
        var scratch = Scratch;
        Gather(chunk.Start, chunk.End, tensor, scratch.Origin);
        var sum = Reduction.SumOfSquares<T>(scratch[0][..chunk.Length], 0);
        GC.KeepAlive(scratch);
        return sum;
    }

    // The tensor of the last element.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Gather(int start, int end, int tensor, T* to)
    {
        while (true)
        {
            ref readonly var place = ref _places[_tensors[tensor]];
            var last = Math.Min(place.Range.End, end);
            Copy(place.Origin(_source) + start, to, (nint)(last - start) * sizeof(T));
            if (last == end)
            {
                return tensor;
            }

            to += last - start;
            start = last;
            tensor++;
        }
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
}
