using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

/// <summary>The k of a stage that does not act in every update: how often it has acted, with this update.</summary>
/// <param name="index">Its counter in the state, which has counted this update unless <paramref name="isHolding"/>.</param>
/// <param name="isHolding">Whether the gradient does not complete an update.</param>
internal sealed class OwnTime(int index, bool isHolding)
{
    /// <summary>The stage's k.</summary>
    public long NumberIn(StepContext step) => step.CountValues[index] + (isHolding ? 1 : 0);

    /// <summary>Does something on the step's scalars in the stage's own time; on one thread.</summary>
    public void Run(StepContext step, Action<StepContext> action)
    {
        var before = step.Number;
        step.Number = NumberIn(step);
        action(step);
        step.Number = before;
    }

    /// <summary>The step's scalars in the stage's own time, for the calling thread, who gives <paramref name="before"/> back.</summary>
    public StepContext Of(StepContext step, out long before)
    {
        // Several threads may open one loop on the same scalars.
        var own = step.OfThisThread();
        own.Tensor = step.Tensor;
        before = own.Number;
        own.Number = NumberIn(step);
        return own;
    }
}

/// <summary>A kernel whose scalars are those of the stage's own time.</summary>
internal struct InOwnTime<V, T, K>(K kernel, OwnTime time) : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
    where K : struct, IKernel<V, T>
{
    private K _kernel = kernel;

    public static bool IsPlain
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => K.IsPlain;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(StepContext step)
    {
        var own = time.Of(step, out var before);
        _kernel.Begin(own);
        own.Number = before;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes, StepContext step)
    {
        var own = time.Of(step, out var before);
        _kernel.Open(in lanes, own);
        own.Number = before;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T> => _kernel.Apply(ref u, ref p, at);
}
