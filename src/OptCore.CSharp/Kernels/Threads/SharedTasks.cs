namespace OptCore.Kernels;

/// <summary>Shared work whose tasks are done one by one.</summary>
internal abstract class SharedTasks : SharedWork
{
    // Floating-point operations that take about as long as one element of an optimizer's sweep.
    private const int OperationsPerElement = 8;

    /// <summary>Does all tasks, on several threads where that pays.</summary>
    /// <param name="count">The number of tasks.</param>
    /// <param name="operations">About how many floating-point operations they are in all.</param>
    /// <param name="threads">The largest number of threads, ≥ 1.</param>
    public new void RunAll(int count, long operations, int threads) => base.RunAll(count, operations / OperationsPerElement, threads);

    public sealed override void Do(int first, int end)
    {
        for (var task = first; task < end; task++)
        {
            Do(task);
        }
    }

    /// <summary>Does one task. Must not throw, and must not depend on which thread does it.</summary>
    protected abstract void Do(int task);
}
