using OptCore.Kernels;

namespace OptCore;

/// <summary>A rule on every tensor in scope of the parameters.</summary>
internal sealed class ApplyToParameters<T>(
    ShapeRule<T> rule, Source parameters, Region[] regions, IReadOnlyList<TensorInfo> tensors, string stage) : Operation<T>
    where T : unmanaged
{
    private readonly int[][] _shapes = [.. tensors.Select(tensor => tensor.Shape.ToArray())];

    public override string Stages => stage;

    public override Reach Reach => Reach.Tensors;

    public override string Describe() =>
        $"rule      on {parameters}, each of {regions.Sum(region => region.Tensors.Length)} tensors";

    public override void Run(StepMemory<T> memory, double[] rates)
    {
        foreach (var region in regions)
        {
            foreach (var index in region.Tensors)
            {
                var range = new ElementRange(tensors[index].Offset, tensors[index].End);
                rule(_shapes[index], memory.Of(parameters, index, range));
            }
        }
    }
}
