using OptCore.Kernels;

namespace OptCore;

/// <summary>Remembers the first value of a vector that is not finite.</summary>
internal sealed class CheckFinite<T>(Source source, ElementRange[] ranges, string stage) : Operation<T>
    where T : unmanaged
{
    /// <summary>The name of the stage behind which the check stands.</summary>
    public string Stage { get; } = stage;

    /// <summary>The index of the first value that is not finite; −1 if all are.</summary>
    public int Element { get; private set; }

    public override string Stages => Stage;

    public override string Describe() => $"check     behind {Stage}";

    public override void Run(StepMemory<T> memory, double[] rates) => Element = Reduction.FirstNonFinite<T>(memory[source], ranges);
}
