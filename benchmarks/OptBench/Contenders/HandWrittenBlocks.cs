using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptBench.Contenders;

/// <summary>
/// The least that blocks cost: the loop of a careful hand, tensor by tensor, over blocks that are padded to whole cache lines, so that
/// there are neither rests nor seams, and follow one another closely. Adam, and SGD with momentum.
/// </summary>
internal sealed unsafe class HandWrittenBlocks<T> : Contender
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Problem<T> _problem;
    private readonly ScalarSetup _setup;
    private readonly Vectors<T> _vectors;
    private readonly int _count;
    private readonly int _each;
    private readonly int _padded;
    private Scalars<T> _scalars;

    public HandWrittenBlocks(Problem<T> problem, int each)
    {
        (_problem, _each, _count) = (problem, each, problem.Length / each);
        var line = 64 / sizeof(T);
        _padded = (each + line - 1) / line * line;
        _setup = new ScalarSetup(problem.Rule);
        _vectors = new Vectors<T>(_count * _padded, 4);
        for (var i = 0; i < _count; i++)
        {
            problem.Start.AsSpan(i * each, each).CopyTo(_vectors.Span(0).Slice(i * _padded, each));
            problem.Gradient.Slice(i * each, each).CopyTo(_vectors.Span(3).Slice(i * _padded, each));
        }

        _scalars = new Scalars<T>
        {
            Beta1 = Round(problem.Rule == Rule.Momentum ? Rules.Momentum : Rules.Beta1),
            Share1 = Round(1 - Rules.Beta1),
            Beta2 = Round(Rules.Beta2),
            Share2 = Round(1 - Rules.Beta2),
            Epsilon = Round(Rules.Epsilon),
            MinusRate = Round(-Rules.Rate),
        };
    }

    public override string Name => "hand-written blocks";

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            _setup.Next();
            if (_problem.Rule == Rule.Momentum)
            {
                Momentum(_vectors, _count, _padded, _each, in _scalars);
                continue;
            }

            _scalars.Correction1 = Round(_setup.Correction1);
            _scalars.Correction2 = Round(_setup.Correction2);
            Adam(_vectors, _count, _padded, _each, in _scalars);
        }
    }

    public override double[] Parameters() =>
        [.. Enumerable.Range(0, _count).SelectMany(i => Problem<T>.Widen(_vectors.Span(0).Slice(i * _padded, _each)))];

    public override void Dispose() => _vectors.Dispose();

    private static T Round(double value) => T.CreateTruncating(value);

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Adam(Vectors<T> vectors, nint count, nint padded, nint each, in Scalars<T> s)
    {
        Vector<T> b1 = Vector.Create(s.Beta1), a1 = Vector.Create(s.Share1), b2 = Vector.Create(s.Beta2), a2 = Vector.Create(s.Share2);
        Vector<T> c1 = Vector.Create(s.Correction1), c2 = Vector.Create(s.Correction2), eps = Vector.Create(s.Epsilon);
        Vector<T> rate = Vector.Create(s.MinusRate);
        for (nint block = 0; block < count; block++)
        {
            var at = block * padded;
            T* p = vectors[0] + at, m = vectors[1] + at, v = vectors[2] + at, g = vectors[3] + at;
            for (nint i = 0; i < each; i += Vector<T>.Count)
            {
                var u = Vector.Load(g + i);
                var x = Fma(b1, Vector.Load(m + i), a1 * u);
                var y = Fma(b2, Vector.Load(v + i), a2 * u * u);
                x.Store(m + i);
                y.Store(v + i);
                Fma(rate, x * c1 / (Vector.SquareRoot(y * c2) + eps), Vector.Load(p + i)).Store(p + i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Momentum(Vectors<T> vectors, nint count, nint padded, nint each, in Scalars<T> s)
    {
        Vector<T> beta = Vector.Create(s.Beta1), rate = Vector.Create(s.MinusRate);
        for (nint block = 0; block < count; block++)
        {
            var at = block * padded;
            T* p = vectors[0] + at, v = vectors[1] + at, g = vectors[3] + at;
            for (nint i = 0; i < each; i += Vector<T>.Count)
            {
                var x = Fma(beta, Vector.Load(v + i), Vector.Load(g + i));
                x.Store(v + i);
                Fma(rate, x, Vector.Load(p + i)).Store(p + i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Fma(Vector<T> a, Vector<T> b, Vector<T> c) =>
        typeof(T) == typeof(float)
            ? Vector.FusedMultiplyAdd(a.As<T, float>(), b.As<T, float>(), c.As<T, float>()).As<float, T>()
            : Vector.FusedMultiplyAdd(a.As<T, double>(), b.As<T, double>(), c.As<T, double>()).As<double, T>();
}
