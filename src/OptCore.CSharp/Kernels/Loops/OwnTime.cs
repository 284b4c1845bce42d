using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

/// <summary>The k of a stage that does not act in every update: how often it has acted, with this update.</summary>
/// <param name="index">Its counter in the state, which has counted this update unless <paramref name="isHolding"/>.</param>
/// <param name="isHolding">Whether the gradient does not complete an update.</param>
internal sealed class OwnTime(int index, bool isHolding)
{
    /// <summary>The stage's k.</summary>
    public long NumberIn(StepContext step) => step.CountValues[index] + (isHolding ? 1 : 0);

    /// <summary>The step's scalars are in the stage's own time until the turn is disposed of; on one thread.</summary>
    public Turn In(StepContext step) => new(step, NumberIn(step));

    /// <summary>The same for the calling thread alone: several may open one loop on the same scalars.</summary>
    public Turn OfThread(StepContext step)
    {
        var own = step.OfThisThread();
        own.Tensor = step.Tensor;
        return new(own, NumberIn(step));
    }

    /// <summary>Scalars in a stage's own time, for a while.</summary>
    internal readonly ref struct Turn
    {
        private readonly long _before;

        public Turn(StepContext step, long number)
        {
            (Step, _before) = (step, step.Number);
            step.Number = number;
        }

        /// <summary>The scalars.</summary>
        public StepContext Step { get; }

        /// <summary>Gives them their time back.</summary>
        public void Dispose() => Step.Number = _before;
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
        var turn = _time.OfThread(step);
        _kernel.Begin(turn.Step);
        turn.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes, StepContext step)
    {
        // No using: what has one is not inlined.
        var turn = _time.OfThread(step);
        _kernel.Open(in lanes, turn.Step);
        turn.Dispose();
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
        using var turn = time.OfThread(step);
        loop.Begin(turn.Step);
    }

    public override void Run(StepContext step, in Lanes<T> lanes, ElementRange[] ranges, nint shift)
    {
        using var turn = time.OfThread(step);
        loop.Run(turn.Step, in lanes, ranges, shift);
    }

    public override void Run(
        StepContext step, in Lanes<T> lanes, ReadOnlySpan<TensorPlace<T>> places, ReadOnlySpan<int> tensors)
    {
        using var turn = time.OfThread(step);
        loop.Run(turn.Step, in lanes, places, tensors);
    }

    public override void Sweep(StepContext step, in Lanes<T> lanes, nint start, nint end, nint shift)
    {
        using var turn = time.OfThread(step);
        loop.Sweep(turn.Step, in lanes, start, end, shift);
    }

    public override void Sweep(StepContext step, in Lanes<T> lanes, ReadOnlySpan<TensorRange> tensors, nint shift)
    {
        using var turn = time.OfThread(step);
        loop.Sweep(turn.Step, in lanes, tensors, shift);
    }

    public override Squares Sweep(
        StepContext step, in Lanes<T> lanes, ReadOnlySpan<TensorPlace<T>> places, ReadOnlySpan<int> tensors)
    {
        using var turn = time.OfThread(step);
        return loop.Sweep(turn.Step, in lanes, places, tensors);
    }

    public override void Sweep(
        StepContext step, in Lanes<T> lanes, ReadOnlySpan<TensorPlace<T>> places, ReadOnlySpan<int> tensors, nint start, nint end)
    {
        using var turn = time.OfThread(step);
        loop.Sweep(turn.Step, in lanes, places, tensors, start, end);
    }

    public override void SweepEach(
        StepContext step, in Lanes<T> lanes, ReadOnlySpan<TensorPlace<T>> places, ReadOnlySpan<int> tensors)
    {
        using var turn = time.OfThread(step);
        loop.SweepEach(turn.Step, in lanes, places, tensors);
    }

    public override Squares Measure(StepContext step, in Lanes<T> lanes, nint start, nint end, nint shift)
    {
        using var turn = time.OfThread(step);
        return loop.Measure(turn.Step, in lanes, start, end, shift);
    }
}
