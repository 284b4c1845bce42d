namespace OptCore.Kernels;

/// <summary>Independent numbered tasks that threads take one after the other. One caller at a time.</summary>
internal abstract class SharedTasks : SharedWork
{
    // Floating-point operations that take about as long as one element of an optimizer's sweep.
    private const int OperationsPerElement = 8;

    private int _count;
    private int _next;

    /// <summary>Does all tasks, on several threads where that pays.</summary>
    /// <param name="count">The number of tasks.</param>
    /// <param name="operations">About how many floating-point operations they are in all.</param>
    /// <param name="threads">The largest number of threads, ≥ 1.</param>
    public void RunAll(int count, long operations, int threads)
    {
        (_count, _next) = (count, 0);
        if (count < 2 || !Workers.TryRun(this, operations / OperationsPerElement, threads))
        {
            Run(0, 1);
        }
    }

    public sealed override void Run(int part, int parts)
    {
        for (var task = Take(); task < _count; task = Take())
        {
            Do(task);
        }
    }

    /// <summary>Does one task. Must not throw, and must not depend on which thread does it.</summary>
    protected abstract void Do(int task);

    private int Take() => Interlocked.Increment(ref _next) - 1;
}
