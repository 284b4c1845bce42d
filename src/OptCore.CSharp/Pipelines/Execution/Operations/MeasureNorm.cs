using OptCore.Kernels;

namespace OptCore;

/// <summary>One norm over several tensors.</summary>
/// <param name="source">What is measured.</param>
/// <param name="tensors">The indices of the tensors.</param>
/// <param name="ranges">Their elements, neighbours merged.</param>
/// <param name="result">Where the norm goes.</param>
/// <param name="places">Where the caller has its tensors; null where the source is a vector.</param>
/// <param name="threads">The largest number of threads.</param>
internal sealed class MeasureNorm<T>(
    Source source, int[] tensors, ElementRange[] ranges, Measure result, TensorPlace<T>[]? places, int threads) : Operation<T>
    where T : unmanaged
{
    private readonly SharedSquares<T>? _shared = places is null ? SharedSquares<T>.For(ranges, threads) : null;
    private readonly BoundSquares<T>? _bound = places is null ? null : new BoundSquares<T>(places, source, tensors, ranges, threads);

    public override string Stages => "none";

    public override Reach Reach => Reach.Elements;

    public override string Describe() => $"norm      of {source} over {ElementRange.Total(ranges)} elements";

    public override void Run(StepMemory<T> memory, double[] rates) => memory.Context.MeasuredValues[result.Index] =
        _bound is not null ? Bound(_bound, memory)
        : _shared is not null && _shared.TryMeasure(memory[source], memory.IsShared) ? Shared(_shared, memory[source])
        : Norm.Of<T>(memory[source], ranges);

    private double Shared(SharedSquares<T> squares, ReadOnlySpan<T> vector)
    {
        double sum = 0;
        var chunk = 0;
        foreach (var range in ranges)
        {
            sum = squares.Sum(range, sum, ref chunk);
        }

        return Norm.OfSum(sum, vector, ranges);
    }

    private double Bound(BoundSquares<T> squares, StepMemory<T> memory)
    {
        squares.Measure(memory.IsShared);
        double sum = 0;
        var chunk = 0;
        foreach (var range in ranges)
        {
            sum = squares.Sum(range, sum, ref chunk);
        }

        return double.IsNormal(sum) ? Math.Sqrt(sum) : Norm.OfSum(sum, memory.Whole(source, tensors), ranges);
    }
}
