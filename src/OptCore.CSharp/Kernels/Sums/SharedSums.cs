namespace OptCore.Kernels;

/// <summary>
/// The sums of <see cref="Quantities"/> over fixed ranges, computed by several threads, which share chunks: the bits of one.
/// </summary>
internal sealed unsafe class SharedSums<T> : SharedWork
    where T : unmanaged
{
    private readonly ElementRange[] _chunks;
    private readonly double[] _sums;
    private readonly long _elements;
    private readonly int _threads;
    private delegate*<T*, T*, T*, int, double, double, double> _ofChunk;
    private T* _x;
    private T* _y;
    private T* _z;
    private double _scale;
    private double _constant;

    private SharedSums(ReadOnlySpan<ElementRange> ranges, long elements, int threads)
    {
        (_elements, _threads) = (elements, threads);
        _chunks = Reduction.Chunks(ranges);
        _sums = new double[_chunks.Length];
    }

    /// <summary>Null where there are too few elements for more than one thread.</summary>
    public static SharedSums<T>? For(ReadOnlySpan<ElementRange> ranges, int threads)
    {
        var elements = ElementRange.Total(ranges);
        return threads > 1 && elements >= MinElements && (ranges.Length > 1 || elements > Reduction.Chunk)
            ? new SharedSums<T>(ranges, elements, threads)
            : null;
    }

    /// <summary>The sum over all ranges, their chunks added in the order of their index, whoever computed them.</summary>
    /// <param name="ofChunk">The sum of a chunk.</param>
    /// <param name="x">The first vector.</param>
    /// <param name="y">The second, or null.</param>
    /// <param name="z">The third, or null.</param>
    /// <param name="scale">What the terms take.</param>
    /// <param name="constant">What the terms take besides.</param>
    public double Measure(
        delegate*<T*, T*, T*, int, double, double, double> ofChunk, T* x, T* y, T* z, double scale, double constant)
    {
        (_scale, _constant) = (scale, constant);
        _ofChunk = ofChunk;
        _x = x;
        _y = y;
        _z = z;
        RunAll(_chunks.Length, _elements, _threads);
        double sum = 0;
        foreach (var part in _sums)
        {
            sum += part;
        }

        return sum;
    }

    /// <inheritdoc/>
    public override void Do(int first, int end)
    {
        for (var i = first; i < end; i++)
        {
            var range = _chunks[i];
            _sums[i] = _ofChunk(
                _x + range.Start,
                Quantities.At(_y, range.Start),
                Quantities.At(_z, range.Start),
                range.Length,
                _scale,
                _constant);
        }
    }
}
