using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;
using static OptBench.Contenders.Registers;

namespace OptBench.Contenders.Elementwise;

/// <summary>Rules that divide by a root, without a first moment.</summary>
internal static unsafe class Roots
{
    public readonly struct Adagrad : IHandRule
    {
        public static string Text => "adagrad 0.1";

        public static double[] Slots => [0];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], sum = s[1], g = s.Gradient;
            Vector512<T> eps = All<T>(1e-10), rate = All<T>(-0.1);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var u = Load(g + i);
                var x = Fma(u, u, Load(sum + i));
                x.Store(sum + i);
                Fma(rate, u / (Sqrt(x) + eps), Load(p + i)).Store(p + i);
            }
        }
    }

    public readonly struct CenteredRmsProp : IHandRule
    {
        public static string Text => "rmsPropWith (RmsProp(Centered = true)) 0.001";

        public static double[] Slots => [0, 0];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], v = s[1], mean = s[2], g = s.Gradient;
            Vector512<T> b = All<T>(0.9), a = All<T>(1 - 0.9), eps = All<T>(1e-8), rate = All<T>(-0.001), zero = Vector512<T>.Zero;
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var u = Load(g + i);
                var x = Fma(b, Load(v + i), a * u * u);
                var y = Fma(b, Load(mean + i), a * u);
                x.Store(v + i);
                y.Store(mean + i);
                Fma(rate, u / (Sqrt(MaxNative(zero, Fma(zero - y, y, x))) + eps), Load(p + i)).Store(p + i);
            }
        }
    }

    public readonly struct AdaDelta : IHandRule
    {
        public static string Text => "adaDelta 1.0";

        public static double[] Slots => [0, 0];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], v = s[1], x = s[2], g = s.Gradient;
            Vector512<T> b = All<T>(0.9), a = All<T>(1 - 0.9), eps = All<T>(1e-6), rate = All<T>(-1);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var u = Load(g + i);
                var y = Fma(b, Load(v + i), a * u * u);
                y.Store(v + i);
                var z = Load(x + i);
                u = Sqrt(z + eps) / Sqrt(y + eps) * u;
                Fma(b, z, a * u * u).Store(x + i);
                Fma(rate, u, Load(p + i)).Store(p + i);
            }
        }
    }

    public readonly struct Ftrl : IHandRule
    {
        public static string Text => "ftrl 0.1";

        public static double[] Slots => [0.1, 0];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], n = s[1], z = s[2], g = s.Gradient;
            var inverse = All<T>(1 / 0.1);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var u = Load(g + i);
                var w = Load(p + i);
                var before = Load(n + i);
                var sum = Fma(u, u, before);
                var now = Sqrt(sum) * inverse;
                var dual = Load(z + i) + u - ((now - (Sqrt(before) * inverse)) * w);
                sum.Store(n + i);
                dual.Store(z + i);
                (w - (w + (dual / now))).Store(p + i);
            }
        }
    }
}
