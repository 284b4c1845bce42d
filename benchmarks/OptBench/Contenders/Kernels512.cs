using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static OptBench.Contenders.Registers;

namespace OptBench.Contenders;

/// <summary>Fused kernels written by hand for 512 bits. All vectors are padded, so there is no rest.</summary>
internal static unsafe class Kernels512<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(Loop)]
    public static void Adam(T* p, T* m, T* v, T* g, nint n, in Scalars<T> s)
    {
        Vector512<T> b1 = Vector512.Create(s.Beta1), a1 = Vector512.Create(s.Share1), b2 = Vector512.Create(s.Beta2);
        Vector512<T> a2 = Vector512.Create(s.Share2);
        Vector512<T> c1 = Vector512.Create(s.Correction1), c2 = Vector512.Create(s.Correction2);
        Vector512<T> eps = Vector512.Create(s.Epsilon), rate = Vector512.Create(s.MinusRate);
        for (nint i = 0; i < n; i += Vector512<T>.Count)
        {
            var u = Vector512.Load(g + i);
            var x = Fma(b1, Vector512.Load(m + i), a1 * u);
            var y = Fma(b2, Vector512.Load(v + i), a2 * u * u);
            x.Store(m + i);
            y.Store(v + i);
            Fma(rate, x * c1 / (Vector512.Sqrt(y * c2) + eps), Vector512.Load(p + i)).Store(p + i);
        }
    }

    [MethodImpl(Loop)]
    public static void AdamW(T* p, T* m, T* v, T* g, nint n, in Scalars<T> s)
    {
        Vector512<T> b1 = Vector512.Create(s.Beta1), a1 = Vector512.Create(s.Share1), b2 = Vector512.Create(s.Beta2);
        Vector512<T> a2 = Vector512.Create(s.Share2);
        Vector512<T> c1 = Vector512.Create(s.Correction1), c2 = Vector512.Create(s.Correction2);
        Vector512<T> eps = Vector512.Create(s.Epsilon), rate = Vector512.Create(s.MinusRate);
        Vector512<T> clip = Vector512.Create(s.Clip), decay = Vector512.Create(s.Decay);
        for (nint i = 0; i < n; i += Vector512<T>.Count)
        {
            var u = Vector512.Load(g + i) * clip;
            var x = Fma(b1, Vector512.Load(m + i), a1 * u);
            var y = Fma(b2, Vector512.Load(v + i), a2 * u * u);
            x.Store(m + i);
            y.Store(v + i);
            var w = Vector512.Load(p + i);
            Fma(rate, Fma(decay, w, x * c1 / (Vector512.Sqrt(y * c2) + eps)), w).Store(p + i);
        }
    }

    [MethodImpl(Loop)]
    public static void Momentum(T* p, T* v, T* g, nint n, in Scalars<T> s)
    {
        Vector512<T> beta = Vector512.Create(s.Beta1), rate = Vector512.Create(s.MinusRate);
        for (nint i = 0; i < n; i += Vector512<T>.Count)
        {
            var x = Fma(beta, Vector512.Load(v + i), Vector512.Load(g + i));
            x.Store(v + i);
            Fma(rate, x, Vector512.Load(p + i)).Store(p + i);
        }
    }

    [MethodImpl(Loop)]
    public static void Nesterov(T* p, T* v, T* g, nint n, in Scalars<T> s)
    {
        Vector512<T> beta = Vector512.Create(s.Beta1), rate = Vector512.Create(s.MinusRate);
        for (nint i = 0; i < n; i += Vector512<T>.Count)
        {
            var u = Vector512.Load(g + i);
            var x = Fma(beta, Vector512.Load(v + i), u);
            x.Store(v + i);
            Fma(rate, Fma(beta, x, u), Vector512.Load(p + i)).Store(p + i);
        }
    }

    [MethodImpl(Loop)]
    public static void RmsProp(T* p, T* v, T* g, nint n, in Scalars<T> s)
    {
        Vector512<T> beta = Vector512.Create(s.Beta1), share = Vector512.Create(s.Share1);
        Vector512<T> eps = Vector512.Create(s.Epsilon), rate = Vector512.Create(s.MinusRate);
        for (nint i = 0; i < n; i += Vector512<T>.Count)
        {
            var u = Vector512.Load(g + i);
            var x = Fma(beta, Vector512.Load(v + i), share * u * u);
            x.Store(v + i);
            Fma(rate, u / (Vector512.Sqrt(x) + eps), Vector512.Load(p + i)).Store(p + i);
        }
    }

    [MethodImpl(Loop)]
    public static void Lion(T* p, T* m, T* g, nint n, in Scalars<T> s)
    {
        Vector512<T> b1 = Vector512.Create(s.Beta1), a1 = Vector512.Create(s.Share1), b2 = Vector512.Create(s.Beta2);
        Vector512<T> a2 = Vector512.Create(s.Share2), rate = Vector512.Create(s.MinusRate);
        Vector512<T> zero = Vector512<T>.Zero, one = Vector512.Create(T.One), minus = Vector512.Create(-T.One);
        for (nint i = 0; i < n; i += Vector512<T>.Count)
        {
            var u = Vector512.Load(g + i);
            var x = Vector512.Load(m + i);
            Fma(b2, x, a2 * u).Store(m + i);
            var c = Fma(b1, x, a1 * u);
            var sign = Vector512.ConditionalSelect(
                Vector512.LessThan(zero, c), one, Vector512.ConditionalSelect(Vector512.LessThan(c, zero), minus, c));
            Fma(rate, sign, Vector512.Load(p + i)).Store(p + i);
        }
    }

    /// <summary>LAMB up to the trust ratio: u, and the sums of squares of p and u in the same pass.</summary>
    [MethodImpl(Loop)]
    public static (double Parameters, double Update) LambDirection(T* p, T* m, T* v, T* g, T* target, nint n, in Scalars<T> s)
    {
        Vector512<T> b1 = Vector512.Create(s.Beta1), a1 = Vector512.Create(s.Share1), b2 = Vector512.Create(s.Beta2);
        Vector512<T> a2 = Vector512.Create(s.Share2);
        Vector512<T> c1 = Vector512.Create(s.Correction1), c2 = Vector512.Create(s.Correction2);
        Vector512<T> eps = Vector512.Create(s.Epsilon), decay = Vector512.Create(s.Decay);
        Vector512<double> pp = Vector512<double>.Zero, uu = Vector512<double>.Zero;
        for (nint i = 0; i < n; i += Vector512<T>.Count)
        {
            var u = Vector512.Load(g + i);
            var x = Fma(b1, Vector512.Load(m + i), a1 * u);
            var y = Fma(b2, Vector512.Load(v + i), a2 * u * u);
            x.Store(m + i);
            y.Store(v + i);
            var w = Vector512.Load(p + i);
            u = Fma(decay, w, x * c1 / (Vector512.Sqrt(y * c2) + eps));
            u.Store(target + i);
            pp = AddSquares(w, pp);
            uu = AddSquares(u, uu);
        }

        return (Vector512.Sum(pp), Vector512.Sum(uu));
    }

    [MethodImpl(Loop)]
    public static void Descend(T* p, T* u, nint n, T minusRate)
    {
        var rate = Vector512.Create(minusRate);
        for (nint i = 0; i < n; i += Vector512<T>.Count)
        {
            Fma(rate, Vector512.Load(u + i), Vector512.Load(p + i)).Store(p + i);
        }
    }

    /// <summary>The plain sum of squares in float64: as many accumulators as hide the latency, no order kept.</summary>
    [MethodImpl(Loop)]
    public static double SumOfSquares(T* x, nint n)
    {
        Vector512<double> a = Vector512<double>.Zero, b = a, c = a, d = a;
        nint i = 0;
        for (; i + (4 * Vector512<T>.Count) <= n; i += 4 * Vector512<T>.Count)
        {
            a = AddSquares(Vector512.Load(x + i), a);
            b = AddSquares(Vector512.Load(x + i + Vector512<T>.Count), b);
            c = AddSquares(Vector512.Load(x + i + (2 * Vector512<T>.Count)), c);
            d = AddSquares(Vector512.Load(x + i + (3 * Vector512<T>.Count)), d);
        }

        for (; i < n; i += Vector512<T>.Count)
        {
            a = AddSquares(Vector512.Load(x + i), a);
        }

        return Vector512.Sum(a + b + (c + d));
    }

    /// <summary>A loop that reads as many vectors and writes as many as a step, and computes next to nothing.</summary>
    [MethodImpl(Loop)]
    public static void Copy(T* p, T* m, T* v, T* g, nint n, int slots)
    {
        if (slots == 0)
        {
            for (nint i = 0; i < n; i += Vector512<T>.Count)
            {
                (Vector512.Load(p + i) + Vector512.Load(g + i)).Store(p + i);
            }
        }
        else if (slots == 1)
        {
            for (nint i = 0; i < n; i += Vector512<T>.Count)
            {
                Vector512.Load(m + i).Store(m + i);
                (Vector512.Load(p + i) + Vector512.Load(g + i)).Store(p + i);
            }
        }
        else
        {
            for (nint i = 0; i < n; i += Vector512<T>.Count)
            {
                Vector512.Load(m + i).Store(m + i);
                Vector512.Load(v + i).Store(v + i);
                (Vector512.Load(p + i) + Vector512.Load(g + i)).Store(p + i);
            }
        }
    }

    /// <summary>Reads one vector.</summary>
    [MethodImpl(Loop)]
    public static T Read(T* x, nint n)
    {
        Vector512<T> a = Vector512<T>.Zero, b = a;
        nint i = 0;
        for (; i + (2 * Vector512<T>.Count) <= n; i += 2 * Vector512<T>.Count)
        {
            a += Vector512.Load(x + i);
            b += Vector512.Load(x + i + Vector512<T>.Count);
        }

        for (; i < n; i += Vector512<T>.Count)
        {
            a += Vector512.Load(x + i);
        }

        return Vector512.Sum(a + b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> AddSquares(Vector512<T> x, Vector512<double> sum)
    {
        if (typeof(T) == typeof(double))
        {
            return Vector512.FusedMultiplyAdd(x.AsDouble(), x.AsDouble(), sum);
        }

        var (low, high) = Vector512.Widen(x.AsSingle());
        return Vector512.FusedMultiplyAdd(high, high, Vector512.FusedMultiplyAdd(low, low, sum));
    }
}
