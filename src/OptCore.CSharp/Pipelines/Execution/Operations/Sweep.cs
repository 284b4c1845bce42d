using OptCore.Kernels;

namespace OptCore;

/// <summary>A fused segment over the elements of a region.</summary>
internal sealed class Sweep<T>(Loop<T> loop, Region region, string what, int threads) : Operation<T>
    where T : unmanaged
{
    private readonly SharedSweep<T> _work = new(loop, region.Ranges);

    public override string Describe() => $"loop      {what}  over {region.Describe()}";

    public override void Run(Frame<T> frame, double[] rates)
    {
        region.SetRates(frame.Context, rates);
        _work.Run(frame, threads);
    }
}

/// <summary>A loop over some ranges: alone, or cut into one part for each thread, at whole cache lines.</summary>
internal sealed class SharedSweep<T>(Loop<T> loop, Kernels.Range[] ranges) : SharedWork
    where T : unmanaged
{
    private const int CacheLine = 64;

    private readonly long _elements = ranges.Sum(range => (long)range.Length);
    private Lanes<T> _lanes;
    private nint _shift;

    /// <summary>Takes the scalars of the step and runs over all ranges.</summary>
    public void Run(Frame<T> frame, int threads)
    {
        if (_elements >= Workers.LeastHot && threads > 1)
        {
            loop.Begin(frame.Context);
            (_lanes, _shift) = (frame.Lanes, frame.Shift);
            if (Workers.TryRun(this, _elements, threads))
            {
                return;
            }

            // Not Loop.Run: a kernel may take its scalars once per step only.
            Run(0, 1);
            return;
        }

        loop.Run(frame.Context, in frame.Lanes, ranges, frame.Shift);
    }

    public override void Run(int part, int parts)
    {
        foreach (var range in ranges)
        {
            var start = part == 0 ? range.Start : Cut(range, part, parts);
            var end = part == parts - 1 ? range.End : Cut(range, part + 1, parts);
            if (start < end)
            {
                loop.Sweep(in _lanes, start, end, _shift);
            }
        }
    }

    private static int Cut(Kernels.Range range, int part, int parts) =>
        range.Start + (int)((long)range.Length * part / parts / CacheLine * CacheLine);
}
