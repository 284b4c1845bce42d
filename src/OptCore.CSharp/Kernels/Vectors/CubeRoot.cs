using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

/// <summary>
/// ∛x of numbers x ≥ 0 in registers, to within one unit in the last place; 0, ∞ and NaN are their own roots. Made before the loop, so
/// that its constants stay in registers.
/// </summary>
internal readonly struct CubeRoot<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private readonly V _minusOne, _infinity, _normal, _up, _down, _c1, _c2, _c3;
    private readonly bool _exact;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public CubeRoot(double added)
    {
        var single = typeof(T) == typeof(float);

        // For a subnormal number less than 4e-12 (4e-102) comes out: beside what is added that is less than a rounding.
        _exact = added < (single ? 1e-4 : 1e-85);
        (_minusOne, _infinity) = (V.Broadcast(-1), V.Broadcast(double.PositiveInfinity));

        // Subnormal numbers have no exponent to take a third of: 2^24 (2^54) above.
        _normal = V.Broadcast(single ? 1.17549435e-38 : 2.2250738585072014e-308);
        _up = V.Broadcast(single ? 16777216 : 18014398509481984);
        _down = V.Broadcast(single ? 1 / 256.0 : 1 / 262144.0);
        (_c1, _c2, _c3) = (V.Broadcast(-1 / 3.0), V.Broadcast(2 / 9.0), V.Broadcast(-14 / 81.0));
    }

    /// <summary>∛x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Of(V x)
    {
        if (!_exact)
        {
            return OfNormal(x);
        }

        var small = V.Less(x, _normal);
        var root = OfNormal(V.Select(small, x * _up, x));
        return V.Select(small, root * _down, root);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private V OfNormal(V x)
    {
        // 4 % → 2e-5 → less than a rounding. 0 gets some finite y, and x y² is 0.
        var y = Better(x, Better(x, V.GuessInverseCubeRoot(x)));
        var square = y * y;
        var root = x * square;

        // What the roundings have made of r³ − x, a third of it divided by r².
        var rest = V.Fma(root * root, root, V.Zero - x);
        root = V.Fma(rest * _c1, square, root);
        return V.Select(V.Less(x, _infinity), root, x);
    }

    // With h = x y³ − 1: (1 + h)^(−1/3) = 1 − h/3 + 2h²/9 − 14h³/81 + …
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private V Better(V x, V y)
    {
        var h = V.Fma(x * y * y, y, _minusOne);
        return V.Fma(y * h, V.Fma(h, V.Fma(h, _c3, _c2), _c1), y);
    }
}
