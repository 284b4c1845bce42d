using OptCore.Kernels;

namespace OptCore;

/// <summary>A rule on all elements in scope as one vector, gathered where they do not lie together.</summary>
internal sealed class ApplyToVector<T>(
    VectorRule<T> rule,
    Source source,
    int[] tensors,
    ElementRange[] ofTensors,
    ElementRange[] ranges,
    Region region,
    bool isBound,
    string stage) : Operation<T>
    where T : unmanaged
{
    private readonly bool _isVector = source == Source.Update || !isBound;
    private readonly T[] _gathered =
        ranges.Length > 1 || (source != Source.Update && isBound) ? new T[ElementRange.Total(ranges)] : [];

    public override string Stages => stage;

    public override Reach Reach => Reach.Elements;

    public override string Describe() => $"rule      on {source} as one vector of {ElementRange.Total(ranges)} elements";

    public override void Run(StepMemory<T> memory, double[] rates)
    {
        region.SetRates(memory.Context, rates);
        if (ranges.Length <= 1 && _isVector)
        {
            rule(ranges.Length == 0 ? [] : ranges[0].Of(memory[source]), memory.Context);
            return;
        }

        var next = _gathered.AsSpan();
        for (var i = 0; i < tensors.Length; i++)
        {
            memory.Of(source, tensors[i], ofTensors[i]).CopyTo(next);
            next = next[ofTensors[i].Length..];
        }

        rule(_gathered, memory.Context);
        next = _gathered;
        for (var i = 0; i < tensors.Length; i++)
        {
            next[..ofTensors[i].Length].CopyTo(memory.Of(source, tensors[i], ofTensors[i]));
            next = next[ofTensors[i].Length..];
        }
    }
}
