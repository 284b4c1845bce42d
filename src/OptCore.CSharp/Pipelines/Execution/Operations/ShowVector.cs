using OptCore.Kernels;

namespace OptCore;

/// <summary>Shows a vector to whoever watches the step.</summary>
internal sealed class ShowVector<T>(Source source, ResolvedStage stage, TensorSet tensors) : Operation<T>
    where T : unmanaged
{
    public override string Stages => stage.Prefix;

    public override string Describe() => $"show      behind {stage.Prefix}";

    public override void Run(StepMemory<T> memory, double[] rates) =>
        (memory.Watcher as IStageWatcher<T>)?.See(stage, tensors, source, memory[source]);
}
