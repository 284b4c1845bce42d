using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>An interval in registers: what clips and constraints by coordinate share.</summary>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly struct Interval<V, T>(double low, double high)
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private readonly V _low = V.Broadcast(low), _high = V.Broadcast(high);

    /// <summary>max(low, min(high, x)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Nearest(V x) => V.Max(_low, V.Min(_high, x));
}

/// <summary><c>p = max(lo, min(hi, p))</c>: what constraints by coordinate share.</summary>
internal struct Confine<V, T>(Reading low, Reading high) : IRule0<V, T>, IPlainRule, IWritesParameters
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private Interval<V, T> _interval;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(StepContext step) => _interval = new(low.Value, high.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Apply(ref V u, ref V p) => p = _interval.Nearest(p);
}
