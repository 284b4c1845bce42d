using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptBench.Contenders;

/// <summary>A plain loop over arrays.</summary>
internal sealed class ScalarLoop<T>(Problem<T> problem) : Contender
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const MethodImplOptions Loop = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;

    private readonly T[] _p = [.. problem.Start];
    private readonly T[] _m = new T[problem.Length];
    private readonly T[] _v = new T[problem.Length];
    private readonly T[] _u = new T[problem.Length];
    private readonly ScalarSetup _setup = new(problem.Rule);

    public override string Name => "scalar loop";

    public override void Run(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            _setup.Next();
            Step(problem.Gradient);
        }
    }

    public override double[] Parameters() => Problem<T>.Widen(_p);

    private static T Round(double value) => T.CreateTruncating(value);

    private void Step(ReadOnlySpan<T> g)
    {
        switch (problem.Rule)
        {
            case Rule.Adam:
                Adam(g, 1, 0, Rules.Rate);
                break;
            case Rule.ClipAdamW:
                var norm = Math.Sqrt(SumOfSquares(g));
                Adam(g, norm > Rules.MaxNorm ? Rules.MaxNorm / norm : 1, Rules.Decay, _setup.Rate);
                break;
            case Rule.Momentum:
                Momentum(g, Round(Rules.Momentum), Round(Rules.Rate));
                break;
            case Rule.Nesterov:
                Nesterov(g, Round(Rules.Momentum), Round(Rules.Rate));
                break;
            case Rule.RmsProp:
                RmsProp(g, Round(Rules.Smoothing), Round(1 - Rules.Smoothing), Round(Rules.Epsilon), Round(Rules.Rate));
                break;
            case Rule.Lion:
                Lion(g, Round(Rules.Beta1), Round(Rules.LionBeta2), Round(Rules.Rate));
                break;
            default:
                LambDirection(g, _u);
                Descend(Rules.Rate * Math.Sqrt(SumOfSquares(_p) / SumOfSquares(_u)));
                break;
        }
    }

    [MethodImpl(Loop)]
    private static double SumOfSquares(ReadOnlySpan<T> x)
    {
        double sum = 0;
        foreach (var value in x)
        {
            var wide = double.CreateTruncating(value);
            sum += wide * wide;
        }

        return sum;
    }

    [MethodImpl(Loop)]
    private void Adam(ReadOnlySpan<T> g, double clip, double decay, double rate)
    {
        T factor = Round(clip), share = Round(decay), eta = Round(rate), eps = Round(Rules.Epsilon);
        T b1 = Round(Rules.Beta1), a1 = Round(1 - Rules.Beta1), b2 = Round(Rules.Beta2), a2 = Round(1 - Rules.Beta2);
        T c1 = Round(_setup.Correction1), c2 = Round(_setup.Correction2);
        T[] p = _p, m = _m, v = _v;
        for (var i = 0; i < p.Length; i++)
        {
            var x = g[i] * factor;
            m[i] = (b1 * m[i]) + (a1 * x);
            v[i] = (b2 * v[i]) + (a2 * x * x);
            p[i] -= eta * ((m[i] * c1 / (T.Sqrt(v[i] * c2) + eps)) + (share * p[i]));
        }
    }

    [MethodImpl(Loop)]
    private void LambDirection(ReadOnlySpan<T> g, T[] u)
    {
        T share = Round(Rules.Decay), eps = Round(Rules.LambEpsilon);
        T b1 = Round(Rules.Beta1), a1 = Round(1 - Rules.Beta1), b2 = Round(Rules.Beta2), a2 = Round(1 - Rules.Beta2);
        T c1 = Round(_setup.Correction1), c2 = Round(_setup.Correction2);
        T[] p = _p, m = _m, v = _v;
        for (var i = 0; i < p.Length; i++)
        {
            m[i] = (b1 * m[i]) + (a1 * g[i]);
            v[i] = (b2 * v[i]) + (a2 * g[i] * g[i]);
            u[i] = (m[i] * c1 / (T.Sqrt(v[i] * c2) + eps)) + (share * p[i]);
        }
    }

    [MethodImpl(Loop)]
    private void Descend(double rate)
    {
        var eta = Round(rate);
        T[] p = _p, u = _u;
        for (var i = 0; i < p.Length; i++)
        {
            p[i] -= eta * u[i];
        }
    }

    [MethodImpl(Loop)]
    private void Momentum(ReadOnlySpan<T> g, T beta, T rate)
    {
        T[] p = _p, v = _m;
        for (var i = 0; i < p.Length; i++)
        {
            v[i] = (beta * v[i]) + g[i];
            p[i] -= rate * v[i];
        }
    }

    [MethodImpl(Loop)]
    private void Nesterov(ReadOnlySpan<T> g, T beta, T rate)
    {
        T[] p = _p, v = _m;
        for (var i = 0; i < p.Length; i++)
        {
            v[i] = (beta * v[i]) + g[i];
            p[i] -= rate * (g[i] + (beta * v[i]));
        }
    }

    [MethodImpl(Loop)]
    private void RmsProp(ReadOnlySpan<T> g, T keep, T take, T epsilon, T rate)
    {
        T[] p = _p, v = _m;
        for (var i = 0; i < p.Length; i++)
        {
            v[i] = (keep * v[i]) + (take * g[i] * g[i]);
            p[i] -= rate * g[i] / (T.Sqrt(v[i]) + epsilon);
        }
    }

    [MethodImpl(Loop)]
    private void Lion(ReadOnlySpan<T> g, T beta1, T beta2, T rate)
    {
        T[] p = _p, m = _m;
        T a1 = T.One - beta1, a2 = T.One - beta2;
        for (var i = 0; i < p.Length; i++)
        {
            var c = (beta1 * m[i]) + (a1 * g[i]);
            m[i] = (beta2 * m[i]) + (a2 * g[i]);
            p[i] -= c > T.Zero ? rate : c < T.Zero ? -rate : T.Zero;
        }
    }
}
