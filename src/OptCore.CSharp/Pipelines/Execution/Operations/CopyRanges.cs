using OptCore.Kernels;

namespace OptCore;

/// <summary>Copies the elements of ranges from one vector of the step to another.</summary>
internal sealed class CopyRanges<T>(Source from, Source to, Kernels.Range[] ranges) : Operation<T>
    where T : unmanaged
{
    public override string Stages => "none";

    public override string Describe() => $"copy      {Kernels.Range.Total(ranges)} frozen elements (out of place only)";

    public override void Run(Frame<T> frame, double[] rates)
    {
        if (from == Source.OldParameters && frame.Shift == 0)
        {
            return;
        }

        foreach (var range in ranges)
        {
            range.Of(frame[from]).CopyTo(range.Of(frame[to]));
        }
    }
}
