namespace OptBench.Contenders;

/// <summary>One implementation of one optimizer on one vector of parameters.</summary>
internal abstract class Contender : IDisposable
{
    /// <summary>The name in tables.</summary>
    public abstract string Name { get; }

    /// <summary>The steps that come before those that are measured, however long they take.</summary>
    public virtual int FewestWarmUpSteps => 2;

    /// <summary>Steps with the same gradient, again and again.</summary>
    public abstract void Run(int steps);

    /// <summary>The parameters now.</summary>
    public abstract double[] Parameters();

    public virtual void Dispose()
    {
    }
}
