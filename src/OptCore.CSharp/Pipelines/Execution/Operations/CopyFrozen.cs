using OptCore.Kernels;

namespace OptCore;

/// <summary>Copies the parameters that are frozen to the new state.</summary>
internal sealed class CopyFrozen<T>(ElementRange[] ranges) : Operation<T>
    where T : unmanaged
{
    public override string Stages => "none";

    public override Reach Reach => Reach.Elements;

    // In place there is nothing to copy.
    public override Blockwise Blockwise => Blockwise.Within;

    public override string Describe() => $"copy      {ElementRange.Total(ranges)} frozen elements (out of place only)";

    public override void Run(StepMemory<T> memory, double[] rates)
    {
        if (memory.Shift == 0)
        {
            return;
        }

        foreach (var range in ranges)
        {
            range.Of(memory[Source.OldParameters]).CopyTo(range.Of(memory[Source.NewParameters]));
        }
    }

    public override void Begin(StepMemory<T> memory, double[] rates)
    {
    }

    public override void Run(StepMemory<T> memory, double[] rates, int start, int end)
    {
    }
}
