using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>Looks along the update for the length of the step.</summary>
internal sealed class SearchAlong<T>(ResolvedStage site) : Operation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override string Stages => site.Prefix;

    public override bool ScalesRates => true;

    public override string Describe() => $"search    {site.Prefix}  along the update";

    public override void Run(StepMemory<T> memory, double[] rates) => ((LineSearch<T>)memory.Search!).Run(memory, rates);
}
