using OptCore.Kernels;

namespace OptCore;

/// <summary>The norm of every tensor in scope.</summary>
internal sealed class MeasureTensorNorms<T>(Source source, int[] indices, IReadOnlyList<Tensor> tensors, Measure result, int threads) : Operation<T>
    where T : unmanaged
{
    private readonly (int Index, SharedNorm<T> Norm)[] _norms =
        [.. indices.Select(index => (index, new SharedNorm<T>([new Kernels.Range(tensors[index].Offset, tensors[index].End)], threads)))];

    public override string Describe() => $"norms     of {source}, one for each of {indices.Length} tensors";

    public override void Run(Frame<T> frame, double[] rates)
    {
        ReadOnlySpan<T> vector = frame[source];
        foreach (var (index, norm) in _norms)
        {
            frame.Context.MeasuredValues[result.Index + index] = norm.Of(vector, frame.Shares);
        }
    }
}
