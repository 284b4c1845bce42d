using OptCore.Kernels;

namespace OptCore;

/// <summary>One operation of a program: a sweep, or what happens at a barrier.</summary>
internal abstract class Operation<T>
    where T : unmanaged
{
    /// <summary>The stages that are at work here.</summary>
    public abstract string Stages { get; }

    public abstract void Run(StepMemory<T> memory, double[] rates);

    /// <summary>What the operation does, in one line without a stop.</summary>
    public abstract string Describe();
}
