using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

/// <summary>Four neighbouring registers of partial sums: all of a ring, or a half or a quarter of it.</summary>
internal struct FourSums<V>
    where V : struct, IVector<V, double>
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
        _a = AddSquares(values, _a);
        _b = AddSquares(values + V.Count, _b);
        _c = AddSquares(values + (2 * V.Count), _c);
        _d = AddSquares(values + (3 * V.Count), _d);
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

    /// <summary>Adds the squares of one register of elements, of which only <paramref name="count"/> may be there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe V AddSquares<T>(T* values, int count, V sum)
        where T : unmanaged
    {
        if (count >= V.Count)
        {
            return AddSquares(values, sum);
        }

        var x = typeof(T) == typeof(double) ? V.Load((double*)values, V.First(count), count) : V.Widen((float*)values, count);
        return V.Fma(x, x, sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe V AddSquares<T>(T* values, V sum)
        where T : unmanaged
    {
        var x = typeof(T) == typeof(double) ? V.Load((double*)values) : V.Widen((float*)values);
        return V.Fma(x, x, sum);
    }
}
