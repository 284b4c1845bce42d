using OptCore.Kernels;

namespace OptCore;

/// <summary>Kernels one after the other over short blocks: what stands in for a fused segment where code cannot be generated.</summary>
internal sealed class BlockSweep<T>(
    IReadOnlyList<Loop<T>> kernels,
    bool loadsGradient,
    bool copiesParameters,
    Region region,
    IReadOnlyList<TensorInfo> tensors,
    bool perTensor,
    Lazy<string> what) : Operation<T>
    where T : unmanaged
{
    private const int Block = 1024;

    public override string Stages => what.Value;

    public override Reach Reach => perTensor ? Reach.Tensors : Reach.Elements;

    public override string Describe() =>
        $"blocks    {what.Value}  over {region.Describe()}{(perTensor ? ", tensor by tensor" : string.Empty)}";

    public override void Run(StepMemory<T> memory, double[] rates)
    {
        region.SetRates(memory.Context, rates);
        if (!perTensor)
        {
            Begin(memory.Context);
        }

        if (!perTensor && !memory.IsBound)
        {
            foreach (var range in region.Ranges)
            {
                Run(memory, range.Start, range.End);
            }

            return;
        }

        foreach (var index in region.Tensors)
        {
            if (perTensor)
            {
                memory.Context.Tensor = index;
                Begin(memory.Context);
            }

            if (memory.Places is { } places)
            {
                Run(memory, in places[index]);
            }
            else
            {
                Run(memory, tensors[index].Offset, tensors[index].End);
            }
        }
    }

    private void Begin(StepContext step)
    {
        foreach (var kernel in kernels)
        {
            kernel.Begin(step);
        }
    }

    private void Run(StepMemory<T> memory, int start, int end)
    {
        for (var i = start; i < end; i += Block)
        {
            var range = new ElementRange(i, Math.Min(i + Block, end));
            if (loadsGradient)
            {
                range.Of(memory[Source.Gradient]).CopyTo(range.Of(memory[Source.Update]));
            }

            if (copiesParameters && memory.Shift != 0)
            {
                range.Of(memory[Source.OldParameters]).CopyTo(range.Of(memory[Source.NewParameters]));
            }

            foreach (var kernel in kernels)
            {
                kernel.Sweep(memory.Context, in memory.Lanes, range.Start, range.End, memory.Shift);
            }
        }
    }

    // The caller's tensor, in place.
    private void Run(StepMemory<T> memory, in TensorPlace<T> tensor)
    {
        for (var i = tensor.Range.Start; i < tensor.Range.End; i += Block)
        {
            var part = tensor.Part(i, Math.Min(i + Block, tensor.Range.End));
            if (loadsGradient)
            {
                part.Of(Source.Gradient).CopyTo(part.Range.Of(memory[Source.Update]));
            }

            foreach (var kernel in kernels)
            {
                kernel.Sweep(memory.Context, in memory.Lanes, new ReadOnlySpan<TensorPlace<T>>(in part), [0]);
            }
        }
    }
}
