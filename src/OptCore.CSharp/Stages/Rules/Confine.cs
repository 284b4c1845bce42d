using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>A lower bound in registers.</summary>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly struct Floor<V, T>(double low)
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    // Above +0 the zero −0 is +0, as for every maximum; x + (−0) is x.
    private readonly V _low = V.Broadcast(low), _nothing = V.Broadcast(Rounded(low) == 0 && !double.IsNegative(low) ? 0.0 : -0.0);

    /// <summary>max(low, x); NaN where x is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Of(V x) => V.MaxOrSecond(_low, x + _nothing);

    /// <summary>A number as a register has it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Rounded(double x) => typeof(T) == typeof(float) ? (float)x : x;
}

/// <summary>An interval in registers: what clips and constraints by coordinate share.</summary>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly struct Interval<V, T>(double low, double high)
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private readonly Floor<V, T> _floor = new(low);
    private readonly V _high = V.Broadcast(high);

    // Below −0 the zero +0 is −0, which an addition cannot say.
    private readonly bool _endsAtMinusZero = Floor<V, T>.Rounded(high) == 0 && double.IsNegative(high);

    /// <summary>max(low, min(high, x)); NaN where x is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Nearest(V x) => _floor.Of(_endsAtMinusZero ? V.Min(_high, x) : V.MinOrSecond(_high, x));
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
