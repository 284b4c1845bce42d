using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;
using static OptBench.Contenders.Registers;

namespace OptBench.Contenders.Elementwise;

/// <summary>Rules with one average of the gradient, or none.</summary>
internal static unsafe class Velocities
{
    public readonly struct Ema : IHandRule
    {
        public static string Text => "sgd 0.01 |> ema 0.9";

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
                Fma(rate, x, Load(p + i)).Store(p + i);
            }
        }
    }

    public readonly struct CorrectedEma : IHandRule
    {
        public static string Text => "sgd 0.01 |> emaWith (Ema(0.9, BiasCorrection = true, Nesterov = true))";

        public static double[] Slots => [0];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], m = s[1], g = s.Gradient;
            var power = s.Power(0, 0.9);
            Vector512<T> b = All<T>(0.9), a = All<T>(1 - 0.9), rate = All<T>(-0.01);
            Vector512<T> ofMean = All<T>(0.9 / (1 - (0.9 * power))), ofUpdate = All<T>((1 - 0.9) / (1 - power));
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var u = Load(g + i);
                var x = Fma(b, Load(m + i), a * u);
                x.Store(m + i);
                Fma(rate, Fma(ofMean, x, ofUpdate * u), Load(p + i)).Store(p + i);
            }
        }
    }

    /// <summary>With the gradient at the point that the rule asks for.</summary>
    public readonly struct Nag : IHandRule
    {
        public static string Text => "sgd 0.01 |> nag 0.9";

        public static double[] Slots => [0];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], v = s[1], g = s.Gradient;
            Vector512<T> b = All<T>(0.9), rate = All<T>(-0.01);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var x = Fma(b, Load(v + i), Load(g + i));
                x.Store(v + i);
                Fma(rate, x, Load(p + i)).Store(p + i);
            }
        }
    }

    public readonly struct Velocity : IHandRule
    {
        public static string Text => "sgd 0.01 |> velocity 0.9";

        public static double[] Slots => [0];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], v = s[1], g = s.Gradient;
            Vector512<T> b = All<T>(0.9), rate = All<T>(0.01);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var x = Fma(b, Load(v + i), rate * Load(g + i));
                x.Store(v + i);
                (Load(p + i) - x).Store(p + i);
            }
        }
    }

    public readonly struct TripleMomentum : IHandRule
    {
        public static string Text => "sgd 0.01 |> tripleMomentum 0.01";

        public static double[] Slots => [0];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], v = s[1], g = s.Gradient;
            const double Rho = 0.9, Beta = Rho * Rho / (2 - Rho);
            Vector512<T> b = All<T>(Beta), c = All<T>(Beta / (1 + Rho)), rate = All<T>(-0.01);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var x = Load(v + i);
                var next = Fma(b, x, Load(g + i));
                next.Store(v + i);
                Fma(rate, Fma(c, next - x, next), Load(p + i)).Store(p + i);
            }
        }
    }

    public readonly struct Optimistic : IHandRule
    {
        public static string Text => "sgd 0.01 |> optimistic 1.0 1.0";

        public static double[] Slots => [0];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], previous = s[1], g = s.Gradient;
            if (s.Number == 1)
            {
                Buffer.MemoryCopy(g, previous, s.Length * sizeof(T), s.Length * sizeof(T));
            }

            Vector512<T> alpha = All<T>(1), beta = All<T>(1), rate = All<T>(-0.01);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var u = Load(g + i);
                var x = Fma(alpha, u, beta * (u - Load(previous + i)));
                u.Store(previous + i);
                Fma(rate, x, Load(p + i)).Store(p + i);
            }
        }
    }

    public readonly struct OptimizedGradient : IHandRule
    {
        public static string Text => "sgd 0.01 |> optimizedGradient 50";

        public static double[] Slots => [0];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], w = s[1], g = s.Gradient;
            var place = ((s.Number - 1) % 50) + 1;
            var theta = place == 1 ? 1 : s.Kept;
            s.Kept = (1 + Math.Sqrt(1 + ((place == 50 ? 8 : 4) * theta * theta))) / 2;
            var share = 1 / s.Kept;
            var ratio = Math.Sqrt((1 - share) / (place == 50 ? 2 : 1));

            // What is left of the round before counts for nothing.
            Vector512<T> keep = All<T>(place == 1 ? 0 : 1), ofSum = All<T>(place == 1 ? 0 : ratio - share), ofUpdate = All<T>(ratio);
            var rate = All<T>(-0.01);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var u = Load(g + i);
                var x = Fma(ofSum, Fma(keep, Load(w + i), u), ofUpdate * u);
                x.Store(w + i);
                Fma(rate, u + x, Load(p + i)).Store(p + i);
            }
        }
    }
}
