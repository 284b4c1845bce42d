using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;
using static OptBench.Contenders.Registers;

namespace OptBench.Contenders.Elementwise;

/// <summary>Rules with further averages, or averages of something else, over the root of a second moment.</summary>
internal static unsafe class Mixtures
{
    public readonly struct Adan : IHandRule
    {
        public static string Text => "adan 0.001";

        public static double[] Slots => [0, 0, 0, 0];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], m = s[1], v = s[2], n = s[3], previous = s[4], g = s.Gradient;
            if (s.Number == 1)
            {
                Buffer.MemoryCopy(g, previous, s.Length * sizeof(T), s.Length * sizeof(T));
            }

            Vector512<T> c1 = All<T>(s.Correction(0, 0.98)), c2 = All<T>(0.92 * s.Correction(1, 0.92)), c3 = All<T>(s.Correction(2, 0.99));
            Vector512<T> b1 = All<T>(0.98), a1 = All<T>(1 - 0.98), b2 = All<T>(0.92), a2 = All<T>(1 - 0.92);
            Vector512<T> b3 = All<T>(0.99), a3 = All<T>(1 - 0.99), eps = All<T>(1e-8), rate = All<T>(-0.001);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var u = Load(g + i);
                var d = u - Load(previous + i);
                var ahead = Fma(b2, d, u);
                u.Store(previous + i);
                var x = Fma(b1, Load(m + i), a1 * u);
                var y = Fma(b2, Load(v + i), a2 * d);
                var z = Fma(b3, Load(n + i), a3 * ahead * ahead);
                x.Store(m + i);
                y.Store(v + i);
                z.Store(n + i);
                Fma(rate, Fma(y, c2, x * c1) / (Sqrt(z * c3) + eps), Load(p + i)).Store(p + i);
            }
        }
    }

    public readonly struct AdEmaMix : IHandRule
    {
        public static string Text => "adEmaMix 0.001";

        public static double[] Slots => [0, 0, 0];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], m = s[1], slow = s[2], v = s[3], g = s.Gradient;
            Vector512<T> c1 = All<T>(s.Correction(0, 0.9)), c2 = All<T>(s.Correction(1, 0.999)), rate = All<T>(-0.001);
            Vector512<T> b1 = All<T>(0.9), a1 = All<T>(1 - 0.9), b2 = All<T>(0.999), a2 = All<T>(1 - 0.999), eps = All<T>(1e-8);
            Vector512<T> b3 = All<T>(0.9999), a3 = All<T>(1 - 0.9999), alpha = All<T>(5);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var u = Load(g + i);
                var x = Fma(b1, Load(m + i), a1 * u);
                var y = Fma(b3, Load(slow + i), a3 * u);
                var z = Fma(b2, Load(v + i), a2 * u * u);
                x.Store(m + i);
                y.Store(slow + i);
                z.Store(v + i);
                Fma(rate, Fma(alpha, y, x * c1) / (Sqrt(z * c2) + eps), Load(p + i)).Store(p + i);
            }
        }
    }

    public readonly struct SimplifiedAdEmaMix : IHandRule
    {
        public static string Text => "simplifiedAdEmaMixWith (SimplifiedAdEmaMix(Alpha = 2.0)) 0.0001";

        public static double[] Slots => [0, 0];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], m = s[1], v = s[2], g = s.Gradient;
            Vector512<T> c2 = All<T>(s.Correction(0, 0.95)), rate = All<T>(-0.0001), alpha = All<T>(2);
            Vector512<T> b1 = All<T>(0.99), b2 = All<T>(0.95), a2 = All<T>(1 - 0.95), eps = All<T>(1e-8);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var u = Load(g + i);
                var x = Fma(b1, Load(m + i), u);
                var y = Fma(b2, Load(v + i), a2 * u * u);
                x.Store(m + i);
                y.Store(v + i);
                Fma(rate, Fma(alpha, u, x) / (Sqrt(y * c2) + eps), Load(p + i)).Store(p + i);
            }
        }
    }

    public readonly struct Yogi : IHandRule
    {
        public static string Text => "yogi 0.01";

        public static double[] Slots => [1e-6, 1e-6];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], m = s[1], v = s[2], g = s.Gradient;
            Vector512<T> c1 = All<T>(s.Correction(0, 0.9)), c2 = All<T>(s.Correction(1, 0.999)), rate = All<T>(-0.01);
            Vector512<T> b1 = All<T>(0.9), a1 = All<T>(1 - 0.9), minusA2 = All<T>(0.999 - 1), eps = All<T>(1e-3);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var u = Load(g + i);
                var square = u * u;
                var y = Load(v + i);
                var x = Fma(b1, Load(m + i), a1 * u);
                var above = y - square;
                y = ConditionalSelect(Vector512.Equals(above, Vector512<T>.Zero), y, Fma(minusA2, WithSign(square, above), y));
                x.Store(m + i);
                y.Store(v + i);
                Fma(rate, x * c1 / (Sqrt(y * c2) + eps), Load(p + i)).Store(p + i);
            }
        }
    }

    public readonly struct Adopt : IHandRule
    {
        public static string Text => "adopt 0.001";

        public static double[] Slots => [0, 0];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], m = s[1], v = s[2], g = s.Gradient;
            if (s.Number == 1)
            {
                for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
                {
                    var u = Load(g + i);
                    (u * u).Store(v + i);
                }

                return;
            }

            var limit = Math.Sqrt(Math.Sqrt(s.Number - 1));
            Vector512<T> low = All<T>(-limit), high = All<T>(limit), least = All<T>(1e-6), rate = All<T>(-0.001);
            Vector512<T> b1 = All<T>(0.9), a1 = All<T>(1 - 0.9), b2 = All<T>(0.9999), a2 = All<T>(1 - 0.9999);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var u = Load(g + i);
                var y = Load(v + i);
                var x = Fma(b1, Load(m + i), a1 * Nearest(low, high, u / MaxNative(least, Sqrt(y))));
                x.Store(m + i);
                Fma(b2, y, a2 * u * u).Store(v + i);
                Fma(rate, x, Load(p + i)).Store(p + i);
            }
        }
    }

    public readonly struct Sophia : IHandRule
    {
        public static string Text => "sophia 0.05";

        public static double[] Slots => [0, 0];

        public static bool TakesDiagonal => true;

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], m = s[1], h = s[2], g = s.Gradient;
            if (s.Number % 10 == 1)
            {
                Vector512<T> old = All<T>(0.99), share = All<T>(1 - 0.99);
                for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
                {
                    Fma(old, Load(h + i), share * Load(g + i)).Store(h + i);
                }
            }

            Vector512<T> b1 = All<T>(0.965), a1 = All<T>(1 - 0.965), gamma = All<T>(0.01), eps = All<T>(1e-12);
            Vector512<T> low = All<T>(-1), high = All<T>(1), rate = All<T>(-0.05), zero = Vector512<T>.Zero;
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var x = Fma(b1, Load(m + i), a1 * Load(g + i));
                x.Store(m + i);
                var u = Nearest(low, high, x / MaxNative(eps, gamma * Load(h + i)));
                Fma(rate, ConditionalSelect(Vector512.Equals(x, zero), zero, u), Load(p + i)).Store(p + i);
            }
        }
    }
}
