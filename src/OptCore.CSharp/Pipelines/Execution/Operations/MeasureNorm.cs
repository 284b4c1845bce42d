using OptCore.Kernels;

namespace OptCore;

/// <summary>One norm over several ranges.</summary>
internal sealed class MeasureNorm<T>(Source source, Kernels.Range[] ranges, Measure result, int threads) : Operation<T>
    where T : unmanaged
{
    private readonly SharedNorm<T> _norm = new(ranges, threads);

    public override string Describe() => $"norm      of {source} over {ranges.Sum(range => (long)range.Length)} elements";

    public override void Run(Frame<T> frame, double[] rates) =>
        frame.Context.MeasuredValues[result.Index] = _norm.Of(frame[source], frame.Shares);
}
