using OptCore.Kernels;

namespace OptCore;

/// <summary>An action on the scalars of the step, once or for every tensor.</summary>
internal sealed class ScalarAction<T>(Action<StepContext> action, Region[] regions, bool perTensor, string stage) : Operation<T>
    where T : unmanaged
{
    public override string Stages => stage;

    public override Reach Reach => perTensor ? Reach.Tensors : Reach.Elements;

    public override Blockwise Blockwise => perTensor ? Blockwise.Not : Blockwise.Around;

    public override string Describe() =>
        $"numbers   {(perTensor ? $"of each of {regions.Sum(region => region.Tensors.Length)} tensors" : "of the step")}";

    public override void Run(StepMemory<T> memory, double[] rates)
    {
        var step = memory.Context;
        if (!perTensor)
        {
            regions[0].SetRates(step, rates);
            action(step);
            return;
        }

        foreach (var region in regions)
        {
            region.SetRates(step, rates);
            foreach (var tensor in region.Tensors)
            {
                step.Tensor = tensor;
                action(step);
            }
        }
    }
}
