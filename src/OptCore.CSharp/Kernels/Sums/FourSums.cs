using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

/// <summary>Four neighbouring registers of partial sums: all of a ring, or a half or a quarter of it.</summary>
internal struct FourSums<V>
    where V : struct, ISums<V>
{
    private V _a, _b, _c, _d;

    /// <summary>The first register.</summary>
    public readonly V First
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _a;
    }

    /// <summary>The sums of two parts of a ring, number i with number i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourSums<V> operator +(FourSums<V> x, FourSums<V> y) =>
        new() { _a = x._a + y._a, _b = x._b + y._b, _c = x._c + y._c, _d = x._d + y._d };

    /// <summary>Adds the squares of as many elements as there are partial sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void AddSquares<T>(T* values)
        where T : unmanaged
    {
        _a = V.AddSquares(values, _a);
        _b = V.AddSquares(values + V.Count, _b);
        _c = V.AddSquares(values + (2 * V.Count), _c);
        _d = V.AddSquares(values + (3 * V.Count), _d);
    }

    /// <summary>Moves every register one place forward; <paramref name="last"/> comes in behind, the first is returned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Shift(V last)
    {
        var first = _a;
        (_a, _b, _c, _d) = (_b, _c, _d, last);
        return first;
    }

    /// <summary>The sum of all, number i with number i + half until one is left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly double Fold() => V.Fold((_a + _c) + (_b + _d));
}
