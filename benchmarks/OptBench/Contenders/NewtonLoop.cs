using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static OptBench.Contenders.Registers;

namespace OptBench.Contenders;

/// <summary>
/// A step of Adam whose quotient is multiplied instead of divided: 1/b by Newton's steps from the 14 bits that the processor looks up, then
/// a/b by the exact rest of the first product (Markstein), which rounds as a division does. Without the tests for 0, subnormal, infinite
/// and too large numbers that it would need.
/// </summary>
internal sealed unsafe class NewtonLoop<T> : Contender
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Vectors<T> _state;
    private readonly Vectors<T> _gradient;
    private readonly Scalars<T> _scalars = new()
    {
        Beta1 = T.CreateTruncating(0.9),
        Share1 = T.CreateTruncating(0.1),
        Beta2 = T.CreateTruncating(0.999),
        Share2 = T.CreateTruncating(0.001),
        Correction1 = T.CreateTruncating(1.01),
        Correction2 = T.CreateTruncating(1.1),
        Epsilon = T.CreateTruncating(1e-8),
        MinusRate = T.CreateTruncating(-1e-3),
    };

    public NewtonLoop(Problem<T> problem)
    {
        _state = new Vectors<T>(problem.Length, 3);
        problem.Start.CopyTo(_state.Span(0));
        _gradient = problem.GradientFor(_state.Span(0));
    }

    public override string Name => "Newton";

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            Step(_state[0], _state[1], _state[2], _gradient[0], _state.Padded, in _scalars);
        }
    }

    public override double[] Parameters() => [];

    public override void Dispose()
    {
        _state.Dispose();
        _gradient.Dispose();
    }

    [MethodImpl(Loop)]
    private static void Step(T* p, T* m, T* v, T* g, nint n, in Scalars<T> s)
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
            Fma(rate, Quotient(x * c1, Vector512.Sqrt(y * c2) + eps), Vector512.Load(p + i)).Store(p + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Quotient(Vector512<T> a, Vector512<T> b)
    {
        var y = typeof(T) == typeof(float)
            ? Avx512F.Reciprocal14(b.AsSingle()).As<float, T>()
            : Avx512F.Reciprocal14(b.AsDouble()).As<double, T>();
        y = Newton(y, b);
        y = Newton(y, b);
        y = typeof(T) == typeof(double) ? Newton(y, b) : y;
        var q = a * y;
        return Fma(Fma(-b, q, a), y, q);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Newton(Vector512<T> y, Vector512<T> b) => Fma(Fma(-b, y, Vector512<T>.One), y, y);
}
