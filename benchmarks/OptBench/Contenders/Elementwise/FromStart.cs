using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;
using static OptBench.Contenders.Registers;

namespace OptBench.Contenders.Elementwise;

/// <summary>Rules that go from where they started.</summary>
internal static unsafe class FromStart
{
    public readonly struct Madgrad : IHandRule
    {
        public static string Text => "madgrad 0.01";

        public static double[] Slots => [0, 0, double.NaN];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], dual = s[1], squares = s[2], start = s[3], g = s.Gradient;
            Vector512<T> lambda = All<T>((0.01 + 1e-6) * Math.Sqrt(s.Number)), eps = All<T>(1e-6), rest = All<T>(1 - 0.9);
            Vector512<T> normal = All<T>(1.17549435e-38), up = All<T>(16777216), down = All<T>(1 / 256.0);
            Vector512<T> minusOne = All<T>(-1), infinity = All<T>(double.PositiveInfinity), zero = Vector512<T>.Zero;
            Vector512<T> c1 = All<T>(-1 / 3.0), c2 = All<T>(2 / 9.0), c3 = All<T>(-14 / 81.0);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var u = Load(g + i);
                var weighted = lambda * u;
                var sum = Load(dual + i) + weighted;
                var x = Fma(weighted, u, Load(squares + i));
                sum.Store(dual + i);
                x.Store(squares + i);

                // The root of a subnormal number is that of 2^24 times as much; in f64 it is nothing beside ε.
                var small = LessThan(x, normal);
                if (typeof(T) == typeof(float))
                {
                    x = ConditionalSelect(small, x * up, x);
                }

                var y = GuessInverseCubeRoot(x);
                var h = Fma(x * y * y, y, minusOne);
                y = Fma(y * h, Fma(h, Fma(h, c3, c2), c1), y);
                h = Fma(x * y * y, y, minusOne);
                y = Fma(y * h, Fma(h, Fma(h, c3, c2), c1), y);
                var square = y * y;
                var root = x * square;
                root = Fma(Fma(root * root, root, zero - x) * c1, square, root);
                root = ConditionalSelect(LessThan(x, infinity), root, x);
                if (typeof(T) == typeof(float))
                {
                    root = ConditionalSelect(small, root * down, root);
                }

                var w = Load(p + i);
                (w - (rest * (w - (Load(start + i) - (sum / (root + eps)))))).Store(p + i);
            }
        }
    }

    public readonly struct Cocob : IHandRule
    {
        public static string Text => "cocob 1.0";

        public static double[] Slots => [1e-8, 0, 0, 0, double.NaN];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], largest = s[1], sizes = s[2], rewards = s[3], coins = s[4], start = s[5], g = s.Gradient;
            Vector512<T> a = All<T>(100), one = Vector512<T>.One, zero = Vector512<T>.Zero, rate = All<T>(-1);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var u = Load(g + i);
                var w = Load(p + i);
                var away = w - Load(start + i);
                var size = Abs(u);
                var most = MaxOfSizes(Load(largest + i), size);
                var sum = Load(sizes + i) + size;
                var reward = MaxNative(zero, Load(rewards + i) - (u * away));
                var coin = Load(coins + i) + u;
                most.Store(largest + i);
                sum.Store(sizes + i);
                reward.Store(rewards + i);
                coin.Store(coins + i);
                var bet = coin / MaxOfSizes(sum + most, a * most);
                Fma(rate, Fma(bet, one + (reward / most), away), w).Store(p + i);
            }
        }
    }
}
