using OptCore.Kernels;

namespace OptCore;

/// <summary>One operation of a program: a sweep, or what happens at a barrier.</summary>
internal abstract class Operation<T>
    where T : unmanaged
{
    /// <summary>The stages that are at work here.</summary>
    public abstract string Stages { get; }

    /// <summary>How far an element of its result looks. What says nothing looks at everything.</summary>
    public virtual Reach Reach => Reach.Whole;

    /// <summary>Whether it changes the rates that it is given, for the operations behind it.</summary>
    public virtual bool ScalesRates => false;

    public abstract void Run(StepMemory<T> memory, double[] rates);

    /// <summary>How the operation goes where the gradient comes block by block.</summary>
    public virtual Blockwise Blockwise => Blockwise.Not;

    /// <summary>What comes once, before the blocks.</summary>
    public virtual void Begin(StepMemory<T> memory, double[] rates) => throw new NotSupportedException();

    /// <summary>The elements [start, end), whose gradient is there.</summary>
    public virtual void Run(StepMemory<T> memory, double[] rates, int start, int end) => throw new NotSupportedException();

    /// <summary>What the operation does, in one line without a stop.</summary>
    public abstract string Describe();
}

/// <summary>How far an operation looks: what decides how ranks may share the parameters.</summary>
internal enum Reach
{
    /// <summary>At each element by itself, and at what all of them give together.</summary>
    Elements,

    /// <summary>At each tensor by itself.</summary>
    Tensors,

    /// <summary>At everything.</summary>
    Whole,
}

/// <summary>Whether an operation can go where the gradient comes block by block.</summary>
internal enum Blockwise
{
    /// <summary>It needs everything at once.</summary>
    Not,

    /// <summary>It is of numbers, once before the first block or behind the last one.</summary>
    Around,

    /// <summary>It goes block by block, each element by itself.</summary>
    Within,
}
