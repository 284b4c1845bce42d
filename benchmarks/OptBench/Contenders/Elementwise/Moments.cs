using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;
using static OptBench.Contenders.Registers;

namespace OptBench.Contenders.Elementwise;

/// <summary>Rules with a first and a second moment, as Adam.</summary>
internal static unsafe class Moments
{
    public readonly struct AdaBelief : IHandRule
    {
        public static string Text => "adaBelief 0.001";

        public static double[] Slots => [0, 0];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], m = s[1], v = s[2], g = s.Gradient;
            Vector512<T> c1 = All<T>(s.Correction(0, 0.9)), c2 = All<T>(s.Correction(1, 0.999)), rate = All<T>(-0.001);
            Vector512<T> b1 = All<T>(0.9), a1 = All<T>(1 - 0.9), b2 = All<T>(0.999), a2 = All<T>(1 - 0.999), eps = All<T>(1e-16);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var u = Load(g + i);
                var x = Fma(b1, Load(m + i), a1 * u);
                var away = u - x;
                var y = Fma(b2, Load(v + i), Fma(a2 * away, away, eps));
                x.Store(m + i);
                y.Store(v + i);
                Fma(rate, x * c1 / (Sqrt(y * c2) + eps), Load(p + i)).Store(p + i);
            }
        }
    }

    public readonly struct AcProp : IHandRule
    {
        public static string Text => "acProp 0.001";

        public static double[] Slots => [0, 0];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], m = s[1], v = s[2], g = s.Gradient;
            var first = s.Number == 1;

            // The second moment of the step before; in the first step u/(0 + 1).
            Vector512<T> c2 = All<T>(first ? 0 : s.Correction(0, 0.999)), eps = All<T>(first ? 1 : 1e-16);
            Vector512<T> b1 = All<T>(0.9), a1 = All<T>(1 - 0.9), b2 = All<T>(0.999), a2 = All<T>(1 - 0.999), root = All<T>(1e-16);
            var rate = All<T>(-0.001);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var u = Load(g + i);
                var x = Fma(b1, Load(m + i), a1 * u);
                var y = Load(v + i);
                var away = u - x;
                x.Store(m + i);
                Fma(b2, y, Fma(a2 * away, away, root)).Store(v + i);
                Fma(rate, u / (Sqrt(y * c2) + eps), Load(p + i)).Store(p + i);
            }
        }
    }

    public readonly struct AdaMax : IHandRule
    {
        public static string Text => "adaMax 0.002";

        public static double[] Slots => [0, 0];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], m = s[1], n = s[2], g = s.Gradient;
            Vector512<T> c1 = All<T>(s.Correction(0, 0.9)), rate = All<T>(-0.002);
            Vector512<T> b1 = All<T>(0.9), a1 = All<T>(1 - 0.9), b2 = All<T>(0.999), eps = All<T>(1e-8);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var u = Load(g + i);
                var x = Fma(b1, Load(m + i), a1 * u);
                var y = MaxOfSizes(b2 * Load(n + i), Abs(u) + eps);
                x.Store(m + i);
                y.Store(n + i);
                Fma(rate, x * c1 / y, Load(p + i)).Store(p + i);
            }
        }
    }

    public readonly struct AmsGrad : IHandRule
    {
        public static string Text => "amsGrad 0.001";

        public static double[] Slots => [0, 0, 0];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], m = s[1], v = s[2], w = s[3], g = s.Gradient;
            Vector512<T> c1 = All<T>(s.Correction(0, 0.9)), c2 = All<T>(s.Correction(1, 0.999)), rate = All<T>(-0.001);
            Vector512<T> b1 = All<T>(0.9), a1 = All<T>(1 - 0.9), b2 = All<T>(0.999), a2 = All<T>(1 - 0.999), eps = All<T>(1e-8);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var u = Load(g + i);
                var x = Fma(b1, Load(m + i), a1 * u);
                var y = Fma(b2, Load(v + i), a2 * u * u);
                var z = MaxOfSizes(Load(w + i), y);
                x.Store(m + i);
                y.Store(v + i);
                z.Store(w + i);
                Fma(rate, x * c1 / (Sqrt(z * c2) + eps), Load(p + i)).Store(p + i);
            }
        }
    }

    public readonly struct Nadam : IHandRule
    {
        public static string Text => "nadam 0.001";

        public static double[] Slots => [0, 0];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], m = s[1], v = s[2], g = s.Gradient;
            var power = s.Power(0, 0.9);
            Vector512<T> ofMoment = All<T>(0.9 / (1 - (power * 0.9))), ofUpdate = All<T>((1 - 0.9) / (1 - power));
            Vector512<T> c2 = All<T>(s.Correction(1, 0.999)), rate = All<T>(-0.001);
            Vector512<T> b1 = All<T>(0.9), a1 = All<T>(1 - 0.9), b2 = All<T>(0.999), a2 = All<T>(1 - 0.999), eps = All<T>(1e-8);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var u = Load(g + i);
                var x = Fma(b1, Load(m + i), a1 * u);
                var y = Fma(b2, Load(v + i), a2 * u * u);
                x.Store(m + i);
                y.Store(v + i);
                Fma(rate, Fma(x, ofMoment, u * ofUpdate) / (Sqrt(y * c2) + eps), Load(p + i)).Store(p + i);
            }
        }
    }

    public readonly struct RAdam : IHandRule
    {
        public static string Text => "radam 0.001";

        public static double[] Slots => [0, 0];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], m = s[1], v = s[2], g = s.Gradient;
            const double Most = (2 / (1 - 0.999)) - 1;
            var (c1, power) = (s.Correction(0, 0.9), s.Power(1, 0.999));
            var rho = Most - (2 * s.Number * power / (1 - power));
            Vector512<T> b1 = All<T>(0.9), a1 = All<T>(1 - 0.9), b2 = All<T>(0.999), a2 = All<T>(1 - 0.999);
            Vector512<T> eps = All<T>(1e-8), rate = All<T>(-0.001), factor = All<T>(c1);
            if (rho <= 5)
            {
                for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
                {
                    var u = Load(g + i);
                    var x = Fma(b1, Load(m + i), a1 * u);
                    x.Store(m + i);
                    Fma(b2, Load(v + i), a2 * u * u).Store(v + i);
                    Fma(rate, x * factor, Load(p + i)).Store(p + i);
                }

                return;
            }

            factor = All<T>(c1 * Math.Sqrt((rho - 4) * (rho - 2) * Most / ((Most - 4) * (Most - 2) * rho)) * Math.Sqrt(1 - power));
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var u = Load(g + i);
                var x = Fma(b1, Load(m + i), a1 * u);
                var y = Fma(b2, Load(v + i), a2 * u * u);
                x.Store(m + i);
                y.Store(v + i);
                Fma(rate, x * factor / (Sqrt(y) + eps), Load(p + i)).Store(p + i);
            }
        }
    }
}
