using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>sign(x) with its constants in registers: made before the loop, where a constant on the spot is loaded every time.</summary>
internal readonly struct Signs<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private readonly V _one, _minusOne;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Signs() => (_one, _minusOne) = (V.Broadcast(1), V.Broadcast(-1));

    /// <summary>1, −1, and x itself where it is 0 or NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Of(V x) => V.WhereLess(V.Zero, x, _one, V.WhereLess(x, V.Zero, _minusOne, x));
}
