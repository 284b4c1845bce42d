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

/// <summary>A kernel in a stage's own time, as reflection makes it.</summary>
internal interface IInOwnTime
{
    /// <summary>Copies the kernel. Once, before anything else.</summary>
    void Take(object kernel, OwnTime time);
}

/// <summary>
/// A kernel whose scalars are those of the stage's own time, to be chained. Closed while the program runs, so that a program that is
/// compiled ahead of time has not every loop twice: there <see cref="LoopInOwnTime{T}"/> does it.
/// </summary>
internal struct InOwnTime<V, T, K> : IKernel<V, T>, IInOwnTime
    where V : struct, IVector<V, T>
    where T : unmanaged
    where K : struct, IKernel<V, T>
{
    private K _kernel;
    private OwnTime _time;

    public void Take(object kernel, OwnTime time) => (_kernel, _time) = ((K)kernel, time);

    public static bool IsPlain
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => K.IsPlain;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(StepContext step)
    {
        var own = _time.Of(step, out var before);
        _kernel.Begin(own);
        own.Number = before;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes, StepContext step)
    {
        var own = _time.Of(step, out var before);
        _kernel.Open(in lanes, own);
        own.Number = before;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T> => _kernel.Apply(ref u, ref p, at);
}

/// <summary>A loop of one kernel whose scalars are those of the stage's own time.</summary>
internal sealed class LoopInOwnTime<T>(Loop<T> loop, OwnTime time) : Loop<T>
    where T : unmanaged
{
    public override void Take(object kernel) => loop.Take(kernel);

    public override void Begin(StepContext step)
    {
        var own = time.Of(step, out var before);
        loop.Begin(own);
        own.Number = before;
    }

    public override void Run(StepContext step, in Lanes<T> lanes, ElementRange[] ranges, nint shift)
    {
        var own = time.Of(step, out var before);
        loop.Run(own, in lanes, ranges, shift);
        own.Number = before;
    }

    public override void Sweep(StepContext step, in Lanes<T> lanes, nint start, nint end, nint shift)
    {
        var own = time.Of(step, out var before);
        loop.Sweep(own, in lanes, start, end, shift);
        own.Number = before;
    }

    public override void Sweep(StepContext step, in Lanes<T> lanes, ReadOnlySpan<TensorRange> tensors, nint shift)
    {
        var own = time.Of(step, out var before);
        loop.Sweep(own, in lanes, tensors, shift);
        own.Number = before;
    }

    public override Squares Sweep(
        StepContext step, in Lanes<T> lanes, ReadOnlySpan<TensorPlace<T>> places, ReadOnlySpan<int> tensors)
    {
        var own = time.Of(step, out var before);
        var squares = loop.Sweep(own, in lanes, places, tensors);
        own.Number = before;
        return squares;
    }

    public override void Sweep(
        StepContext step, in Lanes<T> lanes, ReadOnlySpan<TensorPlace<T>> places, ReadOnlySpan<int> tensors, nint start, nint end)
    {
        var own = time.Of(step, out var before);
        loop.Sweep(own, in lanes, places, tensors, start, end);
        own.Number = before;
    }

    public override void SweepEach(
        StepContext step, in Lanes<T> lanes, ReadOnlySpan<TensorPlace<T>> places, ReadOnlySpan<int> tensors)
    {
        var own = time.Of(step, out var before);
        loop.SweepEach(own, in lanes, places, tensors);
        own.Number = before;
    }

    public override Squares Measure(StepContext step, in Lanes<T> lanes, nint start, nint end, nint shift)
    {
        var own = time.Of(step, out var before);
        var squares = loop.Measure(own, in lanes, start, end, shift);
        own.Number = before;
        return squares;
    }
}
