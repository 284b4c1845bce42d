using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;
using static OptBench.Contenders.Registers;

namespace OptBench.Contenders.Elementwise;

/// <summary>Rules that move the iterates of plain descent, or put its steps together. What acts now and then is its own loop.</summary>
internal static unsafe class Iterates
{
    public readonly struct Lookahead : IHandRule
    {
        public static string Text => "sgd 0.01 |> lookahead 5 0.5";

        public static double[] Slots => [double.NaN];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], slow = s[1], g = s.Gradient;
            Vector512<T> alpha = All<T>(0.5), rate = All<T>(-0.01);
            if (s.Number % 5 != 0)
            {
                Additions.Descend(s);
                return;
            }

            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var x = Load(slow + i);
                x = Fma(alpha, Fma(rate, Load(g + i), Load(p + i)) - x, x);
                x.Store(slow + i);
                x.Store(p + i);
            }
        }
    }

    public readonly struct Fista : IHandRule
    {
        public static string Text => "sgd 0.01 |> fista";

        public static double[] Slots => [double.NaN];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], last = s[1], g = s.Gradient;
            var t = s.Kept;
            s.Kept = (1 + Math.Sqrt(1 + (4 * t * t))) / 2;
            Vector512<T> further = All<T>((t - 1) / s.Kept), rate = All<T>(-0.01);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var w = Fma(rate, Load(g + i), Load(p + i));
                Fma(further, w - Load(last + i), w).Store(p + i);
                w.Store(last + i);
            }
        }
    }

    public readonly struct ScheduleFree : IHandRule
    {
        public static string Text => "sgd 0.01 |> scheduleFree 0.9";

        public static double[] Slots => [double.NaN, double.NaN];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], z = s[1], x = s[2], g = s.Gradient;
            Vector512<T> share = All<T>(1.0 / s.Number), beta = All<T>(0.9), rate = All<T>(-0.01);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var fast = Fma(rate, Load(g + i), Load(z + i));
                var mean = Load(x + i);
                mean = Fma(share, fast - mean, mean);
                fast.Store(z + i);
                mean.Store(x + i);
                Fma(beta, mean - fast, fast).Store(p + i);
            }
        }
    }

    public readonly struct Accumulate : IHandRule
    {
        public static string Text => "sgd 0.01 |> accumulate 4";

        public static double[] Slots => [0];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], sum = s[1], g = s.Gradient;
            Vector512<T> four = All<T>(4), rate = All<T>(-0.01), zero = Vector512<T>.Zero;
            if (s.Number % 4 != 0)
            {
                for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
                {
                    (Load(sum + i) + Load(g + i)).Store(sum + i);
                }

                return;
            }

            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                Fma(rate, (Load(sum + i) + Load(g + i)) / four, Load(p + i)).Store(p + i);
                zero.Store(sum + i);
            }
        }
    }
}
