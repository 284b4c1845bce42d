using OptCore.Kernels;

namespace OptCore;

/// <summary>One norm over several ranges.</summary>
internal sealed class MeasureNorm<T>(Source source, ElementRange[] ranges, Measure result, int threads) : Operation<T>
    where T : unmanaged
{
    private readonly SharedSquares<T>? _shared = SharedSquares<T>.For(ranges, threads);

    public override string Stages => "none";

    public override Reach Reach => Reach.Elements;

    public override string Describe() => $"norm      of {source} over {ElementRange.Total(ranges)} elements";

    public override void Run(StepMemory<T> memory, double[] rates)
    {
        ReadOnlySpan<T> vector = memory[source];
        memory.Context.MeasuredValues[result.Index] = _shared is not null && _shared.TryMeasure(vector, memory.IsShared)
            ? Shared(_shared, vector)
            : Norm.Of(vector, ranges);
    }

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
}
