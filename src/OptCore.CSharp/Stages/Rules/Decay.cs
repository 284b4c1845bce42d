using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>An exponential moving average with the decay β: β and 1−β in registers.</summary>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly struct Decay<V, T>(double beta)
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private readonly V _b = V.Broadcast(beta), _a = V.Broadcast(1 - beta);

    /// <summary>β·average + (1−β)·x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Of(V average, V x) => V.Fma(_b, average, _a * x);

    /// <summary>β·average + (1−β)·x².</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V OfSquares(V average, V x) => V.Fma(_b, average, _a * x * x);

    /// <summary>β·average + (1−β)·x² + c.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V OfSquares(V average, V x, V c) => V.Fma(_b, average, V.Fma(_a * x, x, c));
}
