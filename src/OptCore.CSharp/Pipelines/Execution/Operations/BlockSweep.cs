using OptCore.Kernels;

namespace OptCore;

/// <summary>Kernels one after the other over short blocks: what stands in for a fused segment where code cannot be generated.</summary>
internal sealed class BlockSweep<T>(IReadOnlyList<Loop<T>> kernels, bool loadsGradient, bool copiesParameters, Region region, IReadOnlyList<TensorInfo>? tensors, string what) : Operation<T>
    where T : unmanaged
{
    private const int Block = 1024;

    public override string Describe() => $"blocks    {what}  over {region.Describe()}{(tensors is null ? string.Empty : ", tensor by tensor")}";

    public override void Run(Frame<T> frame, double[] rates)
    {
        region.SetRates(frame.Context, rates);
        if (tensors is null)
        {
            Begin(frame.Context);
            foreach (var range in region.Ranges)
            {
                Run(frame, range.Start, range.End);
            }

            return;
        }

        foreach (var index in region.Tensors)
        {
            frame.Context.Tensor = index;
            Begin(frame.Context);
            Run(frame, tensors[index].Offset, tensors[index].End);
        }
    }

    private void Begin(StepContext step)
    {
        foreach (var kernel in kernels)
        {
            kernel.Begin(step);
        }
    }

    private void Run(Frame<T> frame, int start, int end)
    {
        for (var i = start; i < end; i += Block)
        {
            var range = new Kernels.Range(i, Math.Min(i + Block, end));
            if (loadsGradient)
            {
                range.Of(frame[Source.Gradient]).CopyTo(range.Of(frame[Source.Update]));
            }

            if (copiesParameters && frame.Shift != 0)
            {
                range.Of(frame[Source.OldParameters]).CopyTo(range.Of(frame[Source.NewParameters]));
            }

            foreach (var kernel in kernels)
            {
                kernel.Sweep(frame.Context, in frame.Lanes, range.Start, range.End, frame.Shift);
            }
        }
    }
}
