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
    private readonly V _one, _infinity, _normal, _up, _down, _c1, _c2, _c3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public CubeRoot()
    {
        var single = typeof(T) == typeof(float);
        (_one, _infinity) = (V.Broadcast(1), V.Broadcast(double.PositiveInfinity));

        // Subnormal numbers have no exponent to take a third of: 2^24 (2^54) above.
        _normal = V.Broadcast(single ? 1.17549435e-38 : 2.2250738585072014e-308);
        _up = V.Broadcast(single ? 16777216 : 18014398509481984);
        _down = V.Broadcast(single ? 1 / 256.0 : 1 / 262144.0);
        (_c1, _c2, _c3) = (V.Broadcast(1 / 3.0), V.Broadcast(2 / 9.0), V.Broadcast(14 / 81.0));
    }

    /// <summary>∛x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Of(V x)
    {
        var small = V.Less(x, _normal);
        var scaled = V.Select(small, x * _up, x);
        var y = V.GuessInverseCubeRoot(scaled);

        // 4 % → 2e-5 → less than a rounding.
        y = Better(scaled, y);
        y = Better(scaled, y);
        var root = scaled * y * y;

        // What the roundings have left of x − r³, a third of it divided by r².
        var rest = V.Fma(root * root, V.Zero - root, scaled);
        root = V.Fma(rest * _c1, y * y, root);
        var result = V.Select(small, root * _down, root);
        return V.Select(V.Less(V.Zero, x), V.Select(V.Less(x, _infinity), result, x), x);
    }

    // With h = 1 − x y³: (1 − h)^(−1/3) = 1 + h/3 + 2h²/9 + 14h³/81 + …
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private V Better(V x, V y)
    {
        var h = V.Fma(x * y * y, V.Zero - y, _one);
        return V.Fma(y * h, V.Fma(h, V.Fma(h, _c3, _c2), _c1), y);
    }
}
