using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;
using static OptBench.Contenders.Registers;

namespace OptBench.Contenders.Elementwise;

/// <summary>Constraints on every parameter.</summary>
internal static unsafe class Confined
{
    public readonly struct Within : IHandRule
    {
        public static string Text => "sgd 0.01 |> within -1.0 1.0";

        public static double[] Slots => [];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], g = s.Gradient;
            Vector512<T> low = All<T>(-1), high = All<T>(1), rate = All<T>(-0.01);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                Nearest(low, high, Fma(rate, Load(g + i), Load(p + i))).Store(p + i);
            }
        }
    }

    public readonly struct NonNegative : IHandRule
    {
        public static string Text => "sgd 0.01 |> nonNegative";

        public static double[] Slots => [];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], g = s.Gradient;
            Vector512<T> zero = Vector512<T>.Zero, rate = All<T>(-0.01);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                MaxNative(zero, Fma(rate, Load(g + i), Load(p + i))).Store(p + i);
            }
        }
    }

    public readonly struct ProxL1 : IHandRule
    {
        public static string Text => "sgd 0.01 |> proxL1 0.1";

        public static double[] Slots => [];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], g = s.Gradient;
            Vector512<T> low = All<T>(-0.01 * 0.1), high = All<T>(0.01 * 0.1), rate = All<T>(-0.01);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var w = Fma(rate, Load(g + i), Load(p + i));
                (w - Nearest(low, high, w)).Store(p + i);
            }
        }
    }
}
