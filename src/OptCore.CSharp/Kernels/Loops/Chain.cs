using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

/// <summary>Takes its two kernels while it is boxed, when their types are known at run time only.</summary>
internal interface IPair
{
    /// <summary>Copies two boxed kernels, of the types that the pair was closed over.</summary>
    void Take(object first, object second);
}

/// <summary>Two kernels one after the other. Pipelines are balanced trees of chains.</summary>
internal struct Chain<V, T, A, B> : IKernel<V, T>, IPair
    where V : struct, IVector<V, T>
    where T : unmanaged
    where A : struct, IKernel<V, T>
    where B : struct, IKernel<V, T>
{
    private A _first;
    private B _second;

    public static bool IsPlain
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => A.IsPlain && B.IsPlain;
    }

    public void Take(object first, object second)
    {
        _first = (A)first;
        _second = (B)second;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(StepContext step)
    {
        _first.Begin(step);
        _second.Begin(step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes, StepContext step)
    {
        _first.Open(in lanes, step);
        _second.Open(in lanes, step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T>
    {
        _first.Apply(ref u, ref p, at);
        _second.Apply(ref u, ref p, at);
    }
}
