using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptBench.Contenders;

/// <summary>Fused kernels written by hand for the width of <see cref="Vector{T}"/>: 256 or 128 bits. All vectors are
/// padded, so there is no rest.</summary>
internal static unsafe class KernelsNative<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const MethodImplOptions Loop = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;

    [MethodImpl(Loop)]
    public static void Adam(T* p, T* m, T* v, T* g, nint n, in Scalars<T> s)
    {
        Vector<T> b1 = Vector.Create(s.Beta1), a1 = Vector.Create(s.Share1), b2 = Vector.Create(s.Beta2), a2 = Vector.Create(s.Share2);
        Vector<T> c1 = Vector.Create(s.Correction1), c2 = Vector.Create(s.Correction2), eps = Vector.Create(s.Epsilon);
        Vector<T> rate = Vector.Create(s.MinusRate);
        for (nint i = 0; i < n; i += Vector<T>.Count)
        {
            var u = Vector.Load(g + i);
            var x = Fma(b1, Vector.Load(m + i), a1 * u);
            var y = Fma(b2, Vector.Load(v + i), a2 * u * u);
            x.Store(m + i);
            y.Store(v + i);
            Fma(rate, x * c1 / (Vector.SquareRoot(y * c2) + eps), Vector.Load(p + i)).Store(p + i);
        }
    }

    [MethodImpl(Loop)]
    public static void AdamW(T* p, T* m, T* v, T* g, nint n, in Scalars<T> s)
    {
        Vector<T> b1 = Vector.Create(s.Beta1), a1 = Vector.Create(s.Share1), b2 = Vector.Create(s.Beta2), a2 = Vector.Create(s.Share2);
        Vector<T> c1 = Vector.Create(s.Correction1), c2 = Vector.Create(s.Correction2), eps = Vector.Create(s.Epsilon);
        Vector<T> rate = Vector.Create(s.MinusRate);
        Vector<T> clip = Vector.Create(s.Clip), decay = Vector.Create(s.Decay);
        for (nint i = 0; i < n; i += Vector<T>.Count)
        {
            var u = Vector.Load(g + i) * clip;
            var x = Fma(b1, Vector.Load(m + i), a1 * u);
            var y = Fma(b2, Vector.Load(v + i), a2 * u * u);
            x.Store(m + i);
            y.Store(v + i);
            var w = Vector.Load(p + i);
            Fma(rate, Fma(decay, w, x * c1 / (Vector.SquareRoot(y * c2) + eps)), w).Store(p + i);
        }
    }

    [MethodImpl(Loop)]
    public static void Momentum(T* p, T* v, T* g, nint n, in Scalars<T> s)
    {
        Vector<T> beta = Vector.Create(s.Beta1), rate = Vector.Create(s.MinusRate);
        for (nint i = 0; i < n; i += Vector<T>.Count)
        {
            var x = Fma(beta, Vector.Load(v + i), Vector.Load(g + i));
            x.Store(v + i);
            Fma(rate, x, Vector.Load(p + i)).Store(p + i);
        }
    }

    [MethodImpl(Loop)]
    public static void Nesterov(T* p, T* v, T* g, nint n, in Scalars<T> s)
    {
        Vector<T> beta = Vector.Create(s.Beta1), rate = Vector.Create(s.MinusRate);
        for (nint i = 0; i < n; i += Vector<T>.Count)
        {
            var u = Vector.Load(g + i);
            var x = Fma(beta, Vector.Load(v + i), u);
            x.Store(v + i);
            Fma(rate, Fma(beta, x, u), Vector.Load(p + i)).Store(p + i);
        }
    }

    [MethodImpl(Loop)]
    public static void RmsProp(T* p, T* v, T* g, nint n, in Scalars<T> s)
    {
        Vector<T> beta = Vector.Create(s.Beta1), share = Vector.Create(s.Share1), eps = Vector.Create(s.Epsilon);
        Vector<T> rate = Vector.Create(s.MinusRate);
        for (nint i = 0; i < n; i += Vector<T>.Count)
        {
            var u = Vector.Load(g + i);
            var x = Fma(beta, Vector.Load(v + i), share * u * u);
            x.Store(v + i);
            Fma(rate, u / (Vector.SquareRoot(x) + eps), Vector.Load(p + i)).Store(p + i);
        }
    }

    [MethodImpl(Loop)]
    public static void Lion(T* p, T* m, T* g, nint n, in Scalars<T> s)
    {
        Vector<T> b1 = Vector.Create(s.Beta1), a1 = Vector.Create(s.Share1), b2 = Vector.Create(s.Beta2);
        Vector<T> a2 = Vector.Create(s.Share2), rate = Vector.Create(s.MinusRate);
        Vector<T> zero = Vector<T>.Zero, one = Vector.Create(T.One), minus = Vector.Create(-T.One);
        for (nint i = 0; i < n; i += Vector<T>.Count)
        {
            var u = Vector.Load(g + i);
            var x = Vector.Load(m + i);
            Fma(b2, x, a2 * u).Store(m + i);
            var c = Fma(b1, x, a1 * u);
            var sign =
                Vector.ConditionalSelect(Vector.LessThan(zero, c), one, Vector.ConditionalSelect(Vector.LessThan(c, zero), minus, c));
            Fma(rate, sign, Vector.Load(p + i)).Store(p + i);
        }
    }

    /// <summary>LAMB up to the trust ratio: u, and the sums of squares of p and u in the same pass.</summary>
    [MethodImpl(Loop)]
    public static (double Parameters, double Update) LambDirection(T* p, T* m, T* v, T* g, T* target, nint n, in Scalars<T> s)
    {
        Vector<T> b1 = Vector.Create(s.Beta1), a1 = Vector.Create(s.Share1), b2 = Vector.Create(s.Beta2), a2 = Vector.Create(s.Share2);
        Vector<T> c1 = Vector.Create(s.Correction1), c2 = Vector.Create(s.Correction2), eps = Vector.Create(s.Epsilon);
        Vector<T> decay = Vector.Create(s.Decay);
        Vector<double> pp = Vector<double>.Zero, uu = Vector<double>.Zero;
        for (nint i = 0; i < n; i += Vector<T>.Count)
        {
            var u = Vector.Load(g + i);
            var x = Fma(b1, Vector.Load(m + i), a1 * u);
            var y = Fma(b2, Vector.Load(v + i), a2 * u * u);
            x.Store(m + i);
            y.Store(v + i);
            var w = Vector.Load(p + i);
            u = Fma(decay, w, x * c1 / (Vector.SquareRoot(y * c2) + eps));
            u.Store(target + i);
            pp = AddSquares(w, pp);
            uu = AddSquares(u, uu);
        }

        return (Vector.Sum(pp), Vector.Sum(uu));
    }

    [MethodImpl(Loop)]
    public static void Descend(T* p, T* u, nint n, T minusRate)
    {
        var rate = Vector.Create(minusRate);
        for (nint i = 0; i < n; i += Vector<T>.Count)
        {
            Fma(rate, Vector.Load(u + i), Vector.Load(p + i)).Store(p + i);
        }
    }

    /// <summary>The plain sum of squares in float64: as many accumulators as hide the latency, no order kept.</summary>
    [MethodImpl(Loop)]
    public static double SumOfSquares(T* x, nint n)
    {
        Vector<double> a = Vector<double>.Zero, b = a, c = a, d = a;
        nint i = 0;
        for (; i + (4 * Vector<T>.Count) <= n; i += 4 * Vector<T>.Count)
        {
            a = AddSquares(Vector.Load(x + i), a);
            b = AddSquares(Vector.Load(x + i + Vector<T>.Count), b);
            c = AddSquares(Vector.Load(x + i + (2 * Vector<T>.Count)), c);
            d = AddSquares(Vector.Load(x + i + (3 * Vector<T>.Count)), d);
        }

        for (; i < n; i += Vector<T>.Count)
        {
            a = AddSquares(Vector.Load(x + i), a);
        }

        return Vector.Sum(a + b + (c + d));
    }

    /// <summary>A loop that reads as many vectors and writes as many as a step, and computes next to nothing.</summary>
    [MethodImpl(Loop)]
    public static void Copy(T* p, T* m, T* v, T* g, nint n, int slots)
    {
        if (slots == 0)
        {
            for (nint i = 0; i < n; i += Vector<T>.Count)
            {
                (Vector.Load(p + i) + Vector.Load(g + i)).Store(p + i);
            }
        }
        else if (slots == 1)
        {
            for (nint i = 0; i < n; i += Vector<T>.Count)
            {
                Vector.Load(m + i).Store(m + i);
                (Vector.Load(p + i) + Vector.Load(g + i)).Store(p + i);
            }
        }
        else
        {
            for (nint i = 0; i < n; i += Vector<T>.Count)
            {
                Vector.Load(m + i).Store(m + i);
                Vector.Load(v + i).Store(v + i);
                (Vector.Load(p + i) + Vector.Load(g + i)).Store(p + i);
            }
        }
    }

    /// <summary>Reads one vector.</summary>
    [MethodImpl(Loop)]
    public static T Read(T* x, nint n)
    {
        Vector<T> a = Vector<T>.Zero, b = a;
        nint i = 0;
        for (; i + (2 * Vector<T>.Count) <= n; i += 2 * Vector<T>.Count)
        {
            a += Vector.Load(x + i);
            b += Vector.Load(x + i + Vector<T>.Count);
        }

        for (; i < n; i += Vector<T>.Count)
        {
            a += Vector.Load(x + i);
        }

        return Vector.Sum(a + b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Fma(Vector<T> a, Vector<T> b, Vector<T> c) =>
        typeof(T) == typeof(float)
            ? Vector.FusedMultiplyAdd(a.As<T, float>(), b.As<T, float>(), c.As<T, float>()).As<float, T>()
            : Vector.FusedMultiplyAdd(a.As<T, double>(), b.As<T, double>(), c.As<T, double>()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> AddSquares(Vector<T> x, Vector<double> sum)
    {
        if (typeof(T) == typeof(double))
        {
            return Vector.FusedMultiplyAdd(x.As<T, double>(), x.As<T, double>(), sum);
        }

        Vector.Widen(x.As<T, float>(), out var low, out var high);
        return Vector.FusedMultiplyAdd(high, high, Vector.FusedMultiplyAdd(low, low, sum));
    }
}
