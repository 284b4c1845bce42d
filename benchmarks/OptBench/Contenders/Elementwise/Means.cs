using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;
using static OptBench.Contenders.Registers;

namespace OptBench.Contenders.Elementwise;

/// <summary>Averages of the iterates of plain descent.</summary>
internal static unsafe class Means
{
    public readonly struct Average : IHandRule
    {
        public static string Text => "sgd 0.01 |> average 0.99";

        public static double[] Slots => [double.NaN];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], mean = s[1], g = s.Gradient;

            // The first iterate is the first average.
            var first = s.Number == 1;
            Vector512<T> b = All<T>(first ? 0 : 0.99), a = All<T>(first ? 1 : 1 - 0.99), rate = All<T>(-0.01);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var w = Fma(rate, Load(g + i), Load(p + i));
                w.Store(p + i);
                Fma(b, Load(mean + i), a * w).Store(mean + i);
            }
        }
    }

    public readonly struct PolyakAverage : IHandRule
    {
        public static string Text => "sgd 0.01 |> polyakAverage";

        public static double[] Slots => [double.NaN];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s) => Towards(s, 1.0 / s.Number);
    }

    public readonly struct PolynomialAverage : IHandRule
    {
        public static string Text => "sgd 0.01 |> polynomialAverage 8.0";

        public static double[] Slots => [double.NaN];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s) => Towards(s, 9.0 / (8 + s.Number));
    }

    public readonly struct SoftTarget : IHandRule
    {
        public static string Text => "sgd 0.01 |> targetUpdateWith (TargetUpdate(1, Rate = 0.005))";

        public static double[] Slots => [double.NaN];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s) => Towards(s, 0.005);
    }

    public readonly struct TargetUpdate : IHandRule
    {
        public static string Text => "sgd 0.01 |> targetUpdate 10";

        public static double[] Slots => [double.NaN];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], target = s[1], g = s.Gradient;
            var rate = All<T>(-0.01);
            if (s.Number % 10 != 0)
            {
                Additions.Descend(s);
                return;
            }

            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var w = Fma(rate, Load(g + i), Load(p + i));
                w.Store(p + i);
                w.Store(target + i);
            }
        }
    }

    // A step, then a mean of the parameters that comes nearer to them.
    [MethodImpl(Loop)]
    private static void Towards<T>(HandState<T> s, double weight)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* p = s[0], mean = s[1], g = s.Gradient;
        Vector512<T> share = All<T>(weight), rate = All<T>(-0.01);
        for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
        {
            var w = Fma(rate, Load(g + i), Load(p + i));
            w.Store(p + i);
            var x = Load(mean + i);
            Fma(share, w - x, x).Store(mean + i);
        }
    }
}
