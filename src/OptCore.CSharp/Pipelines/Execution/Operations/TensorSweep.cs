using OptCore.Kernels;

namespace OptCore;

/// <summary>A fused segment whose scalars differ from tensor to tensor.</summary>
internal sealed class TensorSweep<T>(Loop<T> loop, Region region, IReadOnlyList<Tensor> tensors, string what, int threads) : Operation<T>
    where T : unmanaged
{
    private readonly (int Index, SharedSweep<T> Work)[] _work =
        [.. region.Tensors.Select(index => (index, new SharedSweep<T>(loop, [new Kernels.Range(tensors[index].Offset, tensors[index].End)], threads)))];

    public override string Describe() => $"loop      {what}  over {region.Describe()}, tensor by tensor";

    public override void Run(Frame<T> frame, double[] rates)
    {
        region.SetRates(frame.Context, rates);
        foreach (var (index, work) in _work)
        {
            frame.Context.Tensor = index;
            work.Run(frame);
        }
    }
}
