using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;
using static OptBench.Contenders.Registers;

namespace OptBench.Contenders.Elementwise;

/// <summary>Rules that look at signs.</summary>
internal static unsafe class Signs
{
    public readonly struct SignSgd : IHandRule
    {
        public static string Text => "signSgd 0.01";

        public static double[] Slots => [];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], g = s.Gradient;
            var rate = All<T>(-0.01);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                Fma(rate, Sign(Load(g + i)), Load(p + i)).Store(p + i);
            }
        }
    }

    public readonly struct Signum : IHandRule
    {
        public static string Text => "signum 0.9 0.01";

        public static double[] Slots => [0];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], m = s[1], g = s.Gradient;
            Vector512<T> b = All<T>(0.9), a = All<T>(1 - 0.9), rate = All<T>(-0.01);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var x = Fma(b, Load(m + i), a * Load(g + i));
                x.Store(m + i);
                Fma(rate, Sign(x), Load(p + i)).Store(p + i);
            }
        }
    }

    public readonly struct RProp : IHandRule
    {
        public static string Text => "rprop 0.01";

        public static double[] Slots => [0.01, 0];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], delta = s[1], previous = s[2], g = s.Gradient;
            Vector512<T> zero = Vector512<T>.Zero, one = Vector512<T>.One;
            Vector512<T> down = All<T>(0.5), up = All<T>(1.2), least = All<T>(1e-6), most = All<T>(50);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var u = Load(g + i);
                var agreement = Sign(u) * Load(previous + i);
                var turns = LessThan(agreement, zero);
                var factor = ConditionalSelect(LessThan(zero, agreement), up, ConditionalSelect(turns, down, one));
                var size = Nearest(least, most, Load(delta + i) * factor);
                size.Store(delta + i);
                u = ConditionalSelect(turns, zero, u);
                u.Store(previous + i);
                (Load(p + i) - ConditionalSelect(Vector512.Equals(u, zero), zero, WithSign(size, u))).Store(p + i);
            }
        }
    }
}
