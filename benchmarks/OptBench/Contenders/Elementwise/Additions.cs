using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;
using static OptBench.Contenders.Registers;

namespace OptBench.Contenders.Elementwise;

/// <summary>Stages without a slot, around plain descent.</summary>
internal static unsafe class Additions
{
    public readonly struct Sgd : IHandRule
    {
        public static string Text => "sgd 0.01";

        public static double[] Slots => [];

        static void IHandRule.Step<T>(HandState<T> s) => Descend(s);
    }

    public readonly struct Scale : IHandRule
    {
        public static string Text => "sgd 0.01 |> scale 0.5";

        public static double[] Slots => [];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], g = s.Gradient;
            Vector512<T> factor = All<T>(0.5), rate = All<T>(-0.01);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                Fma(rate, factor * Load(g + i), Load(p + i)).Store(p + i);
            }
        }
    }

    public readonly struct Ascend : IHandRule
    {
        public static string Text => "sgd 0.01 |> ascend";

        public static double[] Slots => [];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], g = s.Gradient;
            var rate = All<T>(0.01);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                Fma(rate, Load(g + i), Load(p + i)).Store(p + i);
            }
        }
    }

    public readonly struct ClipValue : IHandRule
    {
        public static string Text => "sgd 0.01 |> clipValue 0.5";

        public static double[] Slots => [];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], g = s.Gradient;
            Vector512<T> low = All<T>(-0.5), high = All<T>(0.5), rate = All<T>(-0.01);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                Fma(rate, Nearest(low, high, Load(g + i)), Load(p + i)).Store(p + i);
            }
        }
    }

    public readonly struct L2 : IHandRule
    {
        public static string Text => "sgd 0.01 |> l2 0.01";

        public static double[] Slots => [];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], g = s.Gradient;
            Vector512<T> lambda = All<T>(0.01), rate = All<T>(-0.01);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var w = Load(p + i);
                Fma(rate, Fma(lambda, w, Load(g + i)), w).Store(p + i);
            }
        }
    }

    public readonly struct L1 : IHandRule
    {
        public static string Text => "sgd 0.01 |> l1 0.01";

        public static double[] Slots => [];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], g = s.Gradient;
            Vector512<T> lambda = All<T>(0.01), rate = All<T>(-0.01);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var w = Load(p + i);
                Fma(rate, Fma(lambda, Sign(w), Load(g + i)), w).Store(p + i);
            }
        }
    }

    public readonly struct WeightDecay : IHandRule
    {
        public static string Text => "sgd 0.01 |> momentum 0.9 |> weightDecay 0.01";

        public static double[] Slots => [0];

        [MethodImpl(Loop)]
        static void IHandRule.Step<T>(HandState<T> s)
        {
            T* p = s[0], v = s[1], g = s.Gradient;
            Vector512<T> b = All<T>(0.9), lambda = All<T>(0.01), rate = All<T>(-0.01);
            for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
            {
                var w = Load(p + i);
                var x = Fma(b, Load(v + i), Load(g + i));
                x.Store(v + i);
                Fma(rate, Fma(lambda, w, x), w).Store(p + i);
            }
        }
    }

    [MethodImpl(Loop)]
    public static void Descend<T>(HandState<T> s)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* p = s[0], g = s.Gradient;
        var rate = All<T>(-0.01);
        for (nint i = 0, end = s.Length; i < end; i += Vector512<T>.Count)
        {
            Fma(rate, Load(g + i), Load(p + i)).Store(p + i);
        }
    }
}
