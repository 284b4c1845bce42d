using OptCore.Kernels;

namespace OptCore;

/// <summary>A rule on all elements in scope as one vector, gathered where they do not lie together.</summary>
internal sealed class ApplyToVector<T>(VectorRule<T> rule, Source source, Kernels.Range[] ranges, Region region, string stage) : Operation<T>
    where T : unmanaged
{
    private readonly T[] _gathered = ranges.Length > 1 ? new T[Kernels.Range.Total(ranges)] : [];

    public override string Stages => stage;

    public override string Describe() => $"rule      on {source} as one vector of {Kernels.Range.Total(ranges)} elements";

    public override void Run(Frame<T> frame, double[] rates)
    {
        region.SetRates(frame.Context, rates);
        var vector = frame[source];
        if (ranges.Length <= 1)
        {
            rule(ranges.Length == 0 ? [] : ranges[0].Of(vector), frame.Context);
            return;
        }

        Scatter.Gather<T>(vector, ranges, _gathered);
        rule(_gathered, frame.Context);
        Scatter.Spread<T>(_gathered, ranges, vector);
    }
}
