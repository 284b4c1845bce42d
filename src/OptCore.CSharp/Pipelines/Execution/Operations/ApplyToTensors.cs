using OptCore.Kernels;

namespace OptCore;

/// <summary>A rule on every tensor in scope.</summary>
internal sealed class ApplyToTensors<T>(TensorRule<T> rule, Source parameters, int[] indices, IReadOnlyList<Tensor> tensors) : Operation<T>
    where T : unmanaged
{
    private readonly int[][] _shapes = [.. indices.Select(index => tensors[index].Shape.ToArray())];

    public override string Describe() => $"rule      on each of {indices.Length} tensors";

    public override void Run(Frame<T> frame, double[] rates)
    {
        var update = frame[Source.Update];
        var point = frame[parameters];
        for (var i = 0; i < indices.Length; i++)
        {
            var tensor = tensors[indices[i]];
            frame.Context.Tensor = indices[i];
            rule(_shapes[i], update.Slice(tensor.Offset, tensor.Length), point.Slice(tensor.Offset, tensor.Length), frame.Context);
        }
    }
}
