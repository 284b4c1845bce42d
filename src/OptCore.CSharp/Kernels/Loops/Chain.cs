using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

/// <summary>Takes its kernels while it is boxed, when their types are known at run time only.</summary>
internal interface IChain
{
    /// <summary>Copies boxed kernels, of the types that the chain was closed over.</summary>
    void Take(ReadOnlySpan<object> kernels);
}

/// <summary>
/// Four kernels one after the other, each of which may be a chain of four. Not pairs of pairs: the just-in-time compiler
/// inlines no method into another instance of itself when the type arguments have more than 64 types in them.
/// </summary>
internal struct Chain<V, T, A, B, C, D> : IKernel<V, T>, IChain
    where V : struct, IVector<V, T>
    where T : unmanaged
    where A : struct, IKernel<V, T>
    where B : struct, IKernel<V, T>
    where C : struct, IKernel<V, T>
    where D : struct, IKernel<V, T>
{
    private A _first;
    private B _second;
    private C _third;
    private D _fourth;

    public static bool IsPlain
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => A.IsPlain && B.IsPlain && C.IsPlain && D.IsPlain;
    }

    public void Take(ReadOnlySpan<object> kernels)
    {
        _first = (A)kernels[0];
        _second = (B)kernels[1];
        _third = (C)kernels[2];
        _fourth = (D)kernels[3];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(StepContext step)
    {
        _first.Begin(step);
        _second.Begin(step);
        _third.Begin(step);
        _fourth.Begin(step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes, StepContext step)
    {
        _first.Open(in lanes, step);
        _second.Open(in lanes, step);
        _third.Open(in lanes, step);
        _fourth.Open(in lanes, step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T>
    {
        _first.Apply(ref u, ref p, at);
        _second.Apply(ref u, ref p, at);
        _third.Apply(ref u, ref p, at);
        _fourth.Apply(ref u, ref p, at);
    }
}

/// <summary>Fills a chain of fewer than four.</summary>
internal readonly struct NoKernel<V, T> : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    public static bool IsPlain
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(StepContext step)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes, StepContext step)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T>
    {
    }
}
