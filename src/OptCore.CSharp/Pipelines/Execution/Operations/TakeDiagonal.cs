using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>Takes the estimate of the Hessian's diagonal, where the step has one, into an average of the state.</summary>
internal sealed unsafe class TakeDiagonal<T>(int lane, Func<double> decay, ElementRange[] ranges, string stage) : Operation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override string Stages => stage;

    public override string Describe() => $"curvature {stage}";

    public override void Run(StepMemory<T> memory, double[] rates)
    {
        var beta = decay();
        var estimate = memory.Diagonal;
        if (estimate is null && memory.Shift == 0)
        {
            return;
        }

        var old = memory.OldSlot(lane);
        var next = memory.Slot(lane);
        foreach (var range in ranges)
        {
            var (start, length) = (range.Start, range.Length);
            if (estimate is null)
            {
                old.Slice(start, length).CopyTo(next.Slice(start, length));
            }
            else
            {
                Rows.Average(old.Slice(start, length), new ReadOnlySpan<T>(estimate + start, length), beta, next.Slice(start, length));
            }
        }
    }
}
