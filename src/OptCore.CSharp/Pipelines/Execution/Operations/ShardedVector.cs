using OptCore.Kernels;

namespace OptCore;

/// <summary>A rule on the elements of all ranks as one vector: gathered, and done by each of them, which keeps its own.</summary>
internal sealed class ShardedVector<T>(
    VectorRule<T> rule, Source source, Shard shard, ElementRange[] ranges, Region region, string stage) : Operation<T>
    where T : unmanaged
{
    private readonly T[] _gathered = ranges.Length > 1 ? new T[ElementRange.Total(ranges)] : [];

    public override string Stages => stage;

    public override Reach Reach => Reach.Elements;

    public override string Describe() =>
        $"rule      on {source} as one vector of {ElementRange.Total(ranges)} elements, gathered from {shard.Ranks.Size} ranks";

    public override void Run(StepMemory<T> memory, double[] rates)
    {
        region.SetRates(memory.Context, rates);
        var own = memory[source];
        var all = shard.All<T>(own);
        if (ranges.Length <= 1)
        {
            rule(ranges.Length == 0 ? [] : ranges[0].Of(all), memory.Context);
        }
        else
        {
            Scatter.Gather<T>(all, ranges, _gathered);
            rule(_gathered, memory.Context);
            Scatter.Spread<T>(_gathered, ranges, all);
        }

        Collectives.Of(all, shard.Own).CopyTo(own);
    }
}
