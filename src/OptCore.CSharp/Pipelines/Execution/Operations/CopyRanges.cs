using OptCore.Kernels;

namespace OptCore;

/// <summary>Copies the elements of ranges from one vector of the step to another.</summary>
internal sealed class CopyRanges<T>(Source from, Source to, ElementRange[] ranges) : Operation<T>
    where T : unmanaged
{
    public override string Stages => "none";

    public override Reach Reach => Reach.Elements;

    // In place there is nothing to copy.
    public override Blockwise Blockwise => from == Source.OldParameters ? Blockwise.Within : Blockwise.Not;

    public override string Describe() => $"copy      {ElementRange.Total(ranges)} frozen elements (out of place only)";

    public override void Run(StepMemory<T> memory, double[] rates)
    {
        if (from == Source.OldParameters && memory.Shift == 0)
        {
            return;
        }

        foreach (var range in ranges)
        {
            range.Of(memory[from]).CopyTo(range.Of(memory[to]));
        }
    }

    public override void Begin(StepMemory<T> memory, double[] rates)
    {
    }

    public override void Run(StepMemory<T> memory, double[] rates, int start, int end)
    {
    }
}
