using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary><c>p = max(lo, min(hi, p))</c>: what constraints by coordinate share.</summary>
internal struct Confine<V, T>(double low, double high) : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private V _low, _high;

    public readonly KernelUse Use => KernelUse.WritesParameters;

    public readonly void Begin(StepContext step)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes) => (_low, _high) = (V.Broadcast(low), V.Broadcast(high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T> => p = V.Max(_low, V.Min(_high, p));
}
