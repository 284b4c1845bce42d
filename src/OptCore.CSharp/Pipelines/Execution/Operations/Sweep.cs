using OptCore.Kernels;

namespace OptCore;

/// <summary>A fused segment over the elements of a region, of vectors or of the caller's tensors.</summary>
internal sealed class Sweep<T>(Loop<T> loop, Region region, TensorPlace<T>[]? places, Lazy<string> what, int threads) : Operation<T>
    where T : unmanaged
{
    private readonly SharedSweep<T> _work = places is null
        ? new SweepOfVector<T>(loop, region.Ranges, threads)
        : SharedSweep.Of(loop, region.Ranges, threads, new TensorRow<T>(places, region.Tensors));

    public override string Stages => what.Value;

    public override Reach Reach => Reach.Elements;

    public override string Describe() =>
        $"loop      {what.Value}  over {region.Describe()}{(places is null ? string.Empty : " of the caller")}";

    public override void Run(StepMemory<T> memory, double[] rates)
    {
        region.SetRates(memory.Context, rates);
        _work.Run(memory);
    }

    public override Blockwise Blockwise => places is null ? Blockwise.Within : Blockwise.Not;

    public override void Begin(StepMemory<T> memory, double[] rates)
    {
        region.SetRates(memory.Context, rates);
        loop.Begin(memory.Context);
    }

    public override void Run(StepMemory<T> memory, double[] rates, int start, int end)
    {
        region.SetRates(memory.Context, rates);
        var ranges = region.Ranges;
        for (var i = ElementRange.FirstBehind(ranges, start); i < ranges.Length && ranges[i].Start < end; i++)
        {
            memory.Sweep(loop, Math.Max(start, ranges[i].Start), Math.Min(end, ranges[i].End));
        }
    }
}
