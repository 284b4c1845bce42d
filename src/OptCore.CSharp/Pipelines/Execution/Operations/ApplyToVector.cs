using OptCore.Kernels;

namespace OptCore;

/// <summary>A rule on all elements in scope as one vector, gathered where they do not lie together.</summary>
internal sealed class ApplyToVector<T>(VectorRule<T> rule, Source source, ElementRange[] ranges, Region region, string stage) : Operation<T>
    where T : unmanaged
{
    private readonly T[] _gathered = ranges.Length > 1 ? new T[ElementRange.Total(ranges)] : [];

    public override string Stages => stage;

    public override Reach Reach => Reach.Elements;

    public override string Describe() => $"rule      on {source} as one vector of {ElementRange.Total(ranges)} elements";

    public override void Run(StepMemory<T> memory, double[] rates)
    {
        region.SetRates(memory.Context, rates);
        var vector = memory[source];
        if (ranges.Length <= 1)
        {
            rule(ranges.Length == 0 ? [] : ranges[0].Of(vector), memory.Context);
            return;
        }

        Scatter.Gather<T>(vector, ranges, _gathered);
        rule(_gathered, memory.Context);
        Scatter.Spread<T>(_gathered, ranges, vector);
    }
}
