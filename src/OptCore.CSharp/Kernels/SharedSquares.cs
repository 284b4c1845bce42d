namespace OptCore.Kernels;

/// <summary>
/// The sums of squares of fixed ranges, computed by several threads: the bits of
/// <see cref="Reduction.SumOfSquares{T}(ReadOnlySpan{T}, double)"/>. The threads share chunks: parts of large ranges, several
/// small ones whole.
/// </summary>
internal sealed unsafe class SharedSquares<T> : SharedWork
    where T : unmanaged
{
    private readonly Range[] _chunks;
    private readonly long[] _before;
    private readonly double[] _sums;
    private readonly long _elements;
    private readonly int _threads;
    private T* _values;

    private SharedSquares(ReadOnlySpan<Range> ranges, long elements, int threads)
    {
        (_elements, _threads) = (elements, threads);
        var chunks = new List<Range>();
        foreach (var range in ranges)
        {
            for (var start = range.Start; start < range.End; start += Reduction.Chunk)
            {
                chunks.Add(new Range(start, Math.Min(start + Reduction.Chunk, range.End)));
            }
        }

        _chunks = [.. chunks];
        _sums = new double[_chunks.Length];
        _before = new long[_chunks.Length];
        for (var i = 1; i < _before.Length; i++)
        {
            _before[i] = _before[i - 1] + _chunks[i - 1].Length;
        }
    }

    /// <summary>Null where there are too few elements for more than one thread.</summary>
    public static SharedSquares<T>? For(ReadOnlySpan<Range> ranges, int threads)
    {
        long elements = 0;
        foreach (var range in ranges)
        {
            elements += range.Length;
        }

        return threads > 1 && elements >= Workers.LeastHot ? new SharedSquares<T>(ranges, elements, threads) : null;
    }

    /// <summary>Measures, if several threads are to be had at the moment.</summary>
    /// <returns>False if nothing was done.</returns>
    public bool TryMeasure(ReadOnlySpan<T> values)
    {
        fixed (T* first = values)
        {
            _values = first;
            return Workers.TryRun(this, _elements, _threads);
        }
    }

    /// <summary><paramref name="sum"/> + Σ x_i² over a range, as measured. Ranges are asked for in their order.</summary>
    /// <param name="range">The range.</param>
    /// <param name="sum">What the chunks are added to, in the order of their index, whoever computed them.</param>
    /// <param name="chunk">The number of the range's first chunk, 0 for the first range; afterwards that of the next range's.</param>
    public double Sum(Range range, double sum, ref int chunk)
    {
        for (var start = range.Start; start < range.End; start += Reduction.Chunk)
        {
            sum += _sums[chunk++];
        }

        return sum;
    }

    /// <inheritdoc/>
    public override void Run(int part, int parts)
    {
        var end = Cut(part + 1, parts);
        for (var i = Cut(part, parts); i < end; i++)
        {
            var range = _chunks[i];
            _sums[i] = Reduction.SumOfSquares(new ReadOnlySpan<T>(_values + range.Start, range.Length), 0);
        }
    }

    // The first chunk of a part has about as many elements before it as the parts before have to do.
    private int Cut(int part, int parts)
    {
        var index = Array.BinarySearch(_before, _elements * part / parts);
        return index < 0 ? ~index : index;
    }
}
