using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptBench.Contenders;

/// <summary>
/// FTRL, MADGRAD and COCOB with their defaults, written by hand for 512 bits: no options, no guards that the defaults do not need, vectors
/// that only the rule reads are not written. All vectors are padded, so there is no rest.
/// </summary>
internal static unsafe class RuleKernels512<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const MethodImplOptions Loop = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;

    /// <summary>p, n, z.</summary>
    [MethodImpl(Loop)]
    public static void Ftrl(Vectors<T> state, T* g, T inverseRate)
    {
        T* p = state[0], n = state[1], z = state[2];
        var inverse = Vector512.Create(inverseRate);
        var length = state.Padded;
        for (nint i = 0; i < length; i += Vector512<T>.Count)
        {
            var u = Vector512.Load(g + i);
            var w = Vector512.Load(p + i);
            var before = Vector512.Load(n + i);
            var sum = Fma(u, u, before);
            var now = Vector512.Sqrt(sum) * inverse;
            var dual = Vector512.Load(z + i) + u - ((now - (Vector512.Sqrt(before) * inverse)) * w);
            sum.Store(n + i);
            dual.Store(z + i);
            (w - (w + (dual / now))).Store(p + i);
        }
    }

    /// <summary>p, s, G, p₀.</summary>
    [MethodImpl(Loop)]
    public static void Madgrad(Vectors<T> state, T* g, T strength, T epsilon, T share)
    {
        T* p = state[0], s = state[1], squares = state[2], start = state[3];
        Vector512<T> lambda = Vector512.Create(strength), eps = Vector512.Create(epsilon), rest = Vector512.Create(share);
        var single = typeof(T) == typeof(float);
        var normal = Create(single ? 1.17549435e-38 : 2.2250738585072014e-308);
        Vector512<T> up = Create(single ? 16777216 : 18014398509481984), down = Create(single ? 1 / 256.0 : 1 / 262144.0);
        Vector512<T> minusOne = Create(-1), infinity = Create(double.PositiveInfinity);
        Vector512<T> c1 = Create(-1 / 3.0), c2 = Create(2 / 9.0), c3 = Create(-14 / 81.0);
        var length = state.Padded;
        for (nint i = 0; i < length; i += Vector512<T>.Count)
        {
            var u = Vector512.Load(g + i);
            var weighted = lambda * u;
            var sum = Vector512.Load(s + i) + weighted;
            var x = Fma(weighted, u, Vector512.Load(squares + i));
            sum.Store(s + i);
            x.Store(squares + i);

            // The root of a subnormal number is that of 2^24 (2^54) times as much.
            var small = Vector512.LessThan(x, normal);
            x = Vector512.ConditionalSelect(small, x * up, x);
            var y = Guess(x);
            var h = Fma(x * y * y, y, minusOne);
            y = Fma(y * h, Fma(h, Fma(h, c3, c2), c1), y);
            h = Fma(x * y * y, y, minusOne);
            y = Fma(y * h, Fma(h, Fma(h, c3, c2), c1), y);
            var square = y * y;
            var root = x * square;
            root = Fma(Fma(root * root, root, Vector512<T>.Zero - x) * c1, square, root);
            root = Vector512.ConditionalSelect(Vector512.LessThan(x, infinity), root, x);
            root = Vector512.ConditionalSelect(small, root * down, root);
            var w = Vector512.Load(p + i);
            (w - (rest * (w - (Vector512.Load(start + i) - (sum / (root + eps)))))).Store(p + i);
        }
    }

    /// <summary>p, L, G, R, C, p₀.</summary>
    [MethodImpl(Loop)]
    public static void Cocob(Vectors<T> state, T* g, T alpha, T minusRate)
    {
        T* p = state[0], largest = state[1], sizes = state[2], rewards = state[3], coins = state[4], start = state[5];
        Vector512<T> a = Vector512.Create(alpha), one = Vector512<T>.One, rate = Vector512.Create(minusRate);
        var length = state.Padded;
        for (nint i = 0; i < length; i += Vector512<T>.Count)
        {
            var u = Vector512.Load(g + i);
            var w = Vector512.Load(p + i);
            var away = w - Vector512.Load(start + i);
            var size = Vector512.Abs(u);
            var most = Vector512.Max(Vector512.Load(largest + i), size);
            var sum = Vector512.Load(sizes + i) + size;
            var reward = Vector512.Max(Vector512.Load(rewards + i) - (u * away), Vector512<T>.Zero);
            var coin = Vector512.Load(coins + i) + u;
            most.Store(largest + i);
            sum.Store(sizes + i);
            reward.Store(rewards + i);
            coin.Store(coins + i);
            var bet = coin / Vector512.Max(sum + most, a * most);
            Fma(rate, Fma(bet, one + (reward / most), away), w).Store(p + i);
        }
    }

    private static Vector512<T> Create(double value) => Vector512.Create(T.CreateTruncating(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Fma(Vector512<T> a, Vector512<T> b, Vector512<T> c) =>
        typeof(T) == typeof(float)
            ? Vector512.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
            : Vector512.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    // x^(−1/3) to within 4 %: a third of the exponent.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Guess(Vector512<T> x)
    {
        if (typeof(T) == typeof(float))
        {
            var magic = Vector512.Create(8388608f);
            var upper = (Vector512.ShiftRightLogical(x.AsUInt32(), 12) | magic.AsUInt32()).AsSingle() - magic;
            var third = Vector512.Create(346655.4f + 8388608f) - (upper * Vector512.Create(1 / 3f));
            return Vector512.ShiftLeft(third.AsUInt32(), 12).AsSingle().As<float, T>();
        }

        var large = Vector512.Create(4503599627370496d);
        var high = (Vector512.ShiftRightLogical(x.AsUInt64(), 32) | large.AsUInt64()).AsDouble() - large;
        var part = Vector512.Create(1430186360.8 + 4503599627370496d) - (high * Vector512.Create(1 / 3d));
        return Vector512.ShiftLeft(part.AsUInt64(), 32).AsDouble().As<double, T>();
    }
}
