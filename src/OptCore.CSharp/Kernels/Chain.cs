using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

/// <summary>Two kernels one after the other. Pipelines are balanced trees of chains.</summary>
internal struct Chain<V, T, A, B>(A first, B second) : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
    where A : struct, IKernel<V, T>
    where B : struct, IKernel<V, T>
{
    private A _first = first;
    private B _second = second;

    public readonly KernelUse Use => (KernelUse)Math.Max((int)_first.Use, (int)_second.Use);

    public void Begin(StepContext step)
    {
        _first.Begin(step);
        _second.Begin(step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes)
    {
        _first.Open(lanes);
        _second.Open(lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T>
    {
        _first.Apply(ref u, ref p, at);
        _second.Apply(ref u, ref p, at);
    }
}
