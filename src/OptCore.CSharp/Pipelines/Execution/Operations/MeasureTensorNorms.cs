using OptCore.Kernels;

namespace OptCore;

/// <summary>The norm of every tensor in scope. Threads share the chunks of large tensors, and small ones whole.</summary>
internal sealed class MeasureTensorNorms<T> : Operation<T>
    where T : unmanaged
{
    private readonly Source _source;
    private readonly int[] _indices;
    private readonly ElementRange[] _ranges;
    private readonly Measure _result;
    private readonly SharedSquares<T>? _shared;

    public MeasureTensorNorms(Source source, int[] indices, IReadOnlyList<TensorInfo> tensors, Measure result, int threads)
    {
        (_source, _indices, _result) = (source, indices, result);
        _ranges = new ElementRange[indices.Length];
        for (var i = 0; i < indices.Length; i++)
        {
            _ranges[i] = new ElementRange(tensors[indices[i]].Offset, tensors[indices[i]].End);
        }

        _shared = SharedSquares<T>.For(_ranges, threads);
    }

    public override string Stages => "none";

    public override Reach Reach => Reach.Tensors;

    public override string Describe() => $"norms     of {_source}, one for each of {_indices.Length} tensors";

    public override void Run(StepMemory<T> memory, double[] rates)
    {
        ReadOnlySpan<T> vector = memory[_source];
        var results = memory.Context.MeasuredValues.AsSpan(_result.Index);
        var shared = _shared is not null && _shared.TryMeasure(vector, memory.IsShared) ? _shared : null;
        var chunk = 0;
        for (var i = 0; i < _ranges.Length; i++)
        {
            var range = _ranges[i];
            var sum = shared is null ? Reduction.SumOfSquares(range.Of(vector), 0) : shared.Sum(range, 0, ref chunk);
            results[_indices[i]] = Norm.OfSum(sum, vector, new ReadOnlySpan<ElementRange>(in range));
        }
    }
}
