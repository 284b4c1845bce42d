using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>A vector times a <see cref="Quotient"/>, in registers.</summary>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly struct Scaled<V, T>(Quotient quotient)
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private readonly V _power = V.Broadcast(quotient.Power), _factor = V.Broadcast(quotient.Factor);

    /// <summary>x times the quotient.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Of(V x) => x * _power * _factor;

    /// <summary>base + x times the quotient; base itself, bit for bit, where the quotient is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Added(V x, V to) => V.Select(V.Equal(_factor, V.Zero), to, V.Fma(x * _power, _factor, to));
}
