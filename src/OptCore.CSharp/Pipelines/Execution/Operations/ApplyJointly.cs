using OptCore.Kernels;

namespace OptCore;

/// <summary>A rule on all tensors in scope together.</summary>
internal sealed class ApplyJointly<T>(
    JointRule<T> rule,
    Source parameters,
    Region region,
    int[] indices,
    IReadOnlyList<TensorInfo> tensors,
    TensorSlots<T> slots,
    string stage) : Operation<T>
    where T : unmanaged
{
    public override string Stages => stage;

    public override string Describe() => $"rule      on {indices.Length} tensors together";

    public override void Run(StepMemory<T> memory, double[] rates)
    {
        region.SetRates(memory.Context, rates);
        foreach (var index in indices)
        {
            slots.Carry(index);
        }

        rule(new(indices, tensors, memory, parameters, slots.Shapes, slots));
    }
}
