namespace OptCore.Kernels;

/// <summary>
/// The sums of squares of parameters or gradients that are the caller's, one block for every tensor: the bits of
/// <see cref="Reduction.SumOfSquares{T}(ReadOnlySpan{T}, double)"/> over the vector that they would be. Several threads may share the
/// chunks.
/// </summary>
internal sealed class BoundSquares<T> : SharedWork
    where T : unmanaged
{
    private readonly TensorRow<T> _row;
    private readonly Source _source;
    private readonly ElementRange[] _chunks;
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
        (_row, _source, _threads) = (new TensorRow<T>(places, tensors), source, threads);
        _elements = ElementRange.Total(ranges);
        _chunks = Reduction.Chunks(ranges);
        _sums = new double[_chunks.Length];
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
            var chunk = _chunks[i];
            _sums[i] = Reduction.SumOfSquares(_row.Places, _row.From(chunk.Start), _source, chunk);
        }
    }
}
