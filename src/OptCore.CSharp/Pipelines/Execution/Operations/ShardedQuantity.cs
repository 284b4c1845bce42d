using OptCore.Kernels;

namespace OptCore;

/// <summary>A quantity over the elements of all ranks: gathered, and measured by each of them.</summary>
internal sealed class ShardedQuantity<T>(
    Quantity quantity, Operand of, Operand? and, Shard shard, ElementRange[] ranges, Measure result) : Operation<T>
    where T : unmanaged
{
    public override string Stages => "none";

    public override Reach Reach => Reach.Elements;

    public override string Describe() =>
        $"measure   {quantity} over {ElementRange.Total(ranges)} elements, gathered from {shard.Ranks.Size} ranks";

    public override void Run(StepMemory<T> memory, double[] rates)
    {
        ReadOnlySpan<T> x = shard.All(of.In(memory, []));
        ReadOnlySpan<T> y = and is { } second ? shard.All(second.In(memory, []), place: 1) : [];
        memory.Context.MeasuredValues[result.Index] = Quantities.Of(quantity, x, y, ranges);
    }
}
