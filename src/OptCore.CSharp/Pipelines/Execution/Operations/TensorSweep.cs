using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// A fused segment whose scalars differ from tensor to tensor. Threads share the elements of large tensors; small ones are
/// one thread's work, because a loop holds the scalars of one tensor at a time.
/// </summary>
internal sealed class TensorSweep<T> : Operation<T>
    where T : unmanaged
{
    private readonly Loop<T> _loop;
    private readonly Region _region;
    private readonly string _what;
    private readonly Work[] _work;

    public TensorSweep(Loop<T> loop, Region region, IReadOnlyList<Tensor> tensors, string what, int threads)
    {
        (_loop, _region, _what) = (loop, region, what);
        _work = new Work[region.Tensors.Length];
        for (var i = 0; i < _work.Length; i++)
        {
            var tensor = tensors[region.Tensors[i]];
            var range = new Kernels.Range(tensor.Offset, tensor.End);
            var large = threads > 1 && range.Length >= SharedWork.Least;
            _work[i] = new Work(region.Tensors[i], range, large ? new SharedSweep<T>(loop, [range], threads) : null);
        }
    }

    public override string Describe() => $"loop      {_what}  over {_region.Describe()}, tensor by tensor";

    public override void Run(Frame<T> frame, double[] rates)
    {
        var step = frame.Context;
        _region.SetRates(step, rates);
        foreach (ref readonly var work in _work.AsSpan())
        {
            step.Tensor = work.Tensor;
            if (work.Shared is not null)
            {
                work.Shared.Run(frame);
                continue;
            }

            _loop.Begin(step);
            _loop.Sweep(in frame.Lanes, work.Range.Start, work.Range.End, frame.Shift);
        }
    }

    private readonly record struct Work(int Tensor, Kernels.Range Range, SharedSweep<T>? Shared);
}
