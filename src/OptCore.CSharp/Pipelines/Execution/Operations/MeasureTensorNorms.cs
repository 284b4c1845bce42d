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
    private readonly BoundSquares<T>? _bound;

    public MeasureTensorNorms(
        Source source, int[] indices, IReadOnlyList<TensorInfo> tensors, Measure result, TensorPlace<T>[]? places, int threads)
    {
        (_source, _indices, _result) = (source, indices, result);
        _ranges = new ElementRange[indices.Length];
        for (var i = 0; i < indices.Length; i++)
        {
            _ranges[i] = new ElementRange(tensors[indices[i]].Offset, tensors[indices[i]].End);
        }

        _shared = places is null ? SharedSquares<T>.For(_ranges, threads) : null;
        _bound = places is null ? null : new BoundSquares<T>(places, source, indices, _ranges, threads);
    }

    public override string Stages => "none";

    public override Reach Reach => Reach.Tensors;

    public override string Describe() => $"norms     of {_source}, one for each of {_indices.Length} tensors";

    public override void Run(StepMemory<T> memory, double[] rates)
    {
        var results = memory.Context.MeasuredValues.AsSpan(_result.Index);
        var shared = _shared is not null && _shared.TryMeasure(memory[_source], memory.IsShared) ? _shared : null;
        _bound?.Measure(memory.IsShared);
        var chunk = 0;
        for (var i = 0; i < _ranges.Length; i++)
        {
            var range = _ranges[i];
            ReadOnlySpan<T> tensor = memory.Of(_source, _indices[i], range);
            var sum = shared is not null ? shared.Sum(range, 0, ref chunk)
                : _bound is not null ? _bound.Sum(range, 0, ref chunk)
                : Reduction.SumOfSquares(tensor, 0);
            results[_indices[i]] = Norm.OfSum(sum, tensor, [new ElementRange(0, range.Length)]);
        }
    }
}
