namespace OptCore.Kernels;

/// <summary>
/// The sums of squares of fixed ranges, computed by several threads: the bits of
/// <see cref="Reduction.SumOfSquares{T}(ReadOnlySpan{T}, double)"/>. The threads share chunks: parts of large ranges, several
/// small ones whole.
/// </summary>
internal sealed unsafe class SharedSquares<T> : SharedWork
    where T : unmanaged
{
    private readonly ElementRange[] _chunks;
    private readonly double[] _sums;
    private readonly long _elements;
    private readonly int _threads;
    private T* _values;

    private SharedSquares(ReadOnlySpan<ElementRange> ranges, long elements, int threads)
    {
        (_elements, _threads) = (elements, threads);
        _chunks = Reduction.Chunks(ranges);
        _sums = new double[_chunks.Length];
    }

    /// <summary>Null where there are too few elements for more than one thread.</summary>
    public static SharedSquares<T>? For(ReadOnlySpan<ElementRange> ranges, int threads)
    {
        var elements = ElementRange.Total(ranges);
        return threads > 1 && elements >= MinElements && (ranges.Length > 1 || elements > Reduction.Chunk)
            ? new SharedSquares<T>(ranges, elements, threads)
            : null;
    }

    /// <summary>Measures, if other threads may help in this step.</summary>
    /// <param name="values">The vector.</param>
    /// <param name="isShared">Whether they may.</param>
    /// <returns>False if nothing was done.</returns>
    public bool TryMeasure(ReadOnlySpan<T> values, bool isShared)
    {
        if (!isShared)
        {
            return false;
        }

        fixed (T* first = values)
        {
            if (_values != first)
            {
                _values = first;
            }

            RunAll(_chunks.Length, _elements, _threads);
        }

        return true;
    }

    /// <summary><paramref name="sum"/> + Σ x_i² over a range, as measured. Ranges are asked for in their order.</summary>
    /// <param name="range">The range.</param>
    /// <param name="sum">What the chunks are added to, in the order of their index, whoever computed them.</param>
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
            var range = _chunks[i];
            _sums[i] = Reduction.SumOfSquares(new ReadOnlySpan<T>(_values + range.Start, range.Length), 0);
        }
    }
}
