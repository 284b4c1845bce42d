namespace OptCore.Kernels;

/// <summary>The norm over fixed ranges, computed by several threads: the bits of <see cref="Norm.Of{T}"/>.</summary>
internal sealed unsafe class SharedNorm<T>(Range[] ranges, int threads) : SharedWork
    where T : unmanaged
{
    private readonly Range[] _chunks = [.. ranges.SelectMany(Chunks)];
    private readonly double[] _sums = new double[ranges.Sum(range => Chunks(range).Count())];
    private readonly long _elements = ranges.Sum(range => (long)range.Length);
    private T* _values;

    /// <summary>The norm; neither over- nor underflows.</summary>
    /// <param name="values">The vector.</param>
    /// <param name="shares">Whether other threads may help.</param>
    public double Of(ReadOnlySpan<T> values, bool shares)
    {
        fixed (T* first = values)
        {
            _values = first;
            if (!shares || threads == 1 || _elements < Least)
            {
                return Norm.Of(values, ranges);
            }

            RunAll(_chunks.Length, _elements, threads);
        }

        // Chunks are added in the order of their index, whoever computed them.
        double sum = 0;
        foreach (var partial in _sums)
        {
            sum += partial;
        }

        return double.IsNormal(sum) ? Math.Sqrt(sum) : Norm.Of(values, ranges);
    }

    /// <inheritdoc/>
    public override void Do(int first, int end)
    {
        for (var i = first; i < end; i++)
        {
            _sums[i] = Reduction.SumOfSquares(new ReadOnlySpan<T>(_values + _chunks[i].Start, _chunks[i].Length), 0.0);
        }
    }

    private static IEnumerable<Range> Chunks(Range range)
    {
        for (var start = range.Start; start < range.End; start += Reduction.Chunk)
        {
            yield return new Range(start, Math.Min(start + Reduction.Chunk, range.End));
        }
    }
}
