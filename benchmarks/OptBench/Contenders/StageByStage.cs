using System.Numerics;
using System.Numerics.Tensors;

namespace OptBench.Contenders;

/// <summary>System.Numerics.Tensors: one call for each operation, over whole vectors.</summary>
internal sealed class StageByStage<T>(Problem<T> problem) : Contender
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _p = [.. problem.Start];
    private readonly T[] _m = new T[problem.Length];
    private readonly T[] _v = new T[problem.Length];
    private readonly T[] _u = new T[problem.Length];
    private readonly T[] _w = new T[problem.Length];
    private readonly ScalarSetup _setup = new(problem.Rule);

    public override string Name => "TensorPrimitives";

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
                Moments(g, Rules.Epsilon);
                break;
            case Rule.ClipAdamW:
                var norm = double.CreateTruncating(TensorPrimitives.Norm(g));
                TensorPrimitives.Multiply(g, Round(norm > Rules.MaxNorm ? Rules.MaxNorm / norm : 1), _w);
                Moments(_w, Rules.Epsilon);
                TensorPrimitives.MultiplyAdd(_p, Round(Rules.Decay), _u, _u);
                break;
            case Rule.Momentum:
                TensorPrimitives.MultiplyAdd(_m, Round(Rules.Momentum), g, _m);
                _m.CopyTo(_u, 0);
                break;
            case Rule.Nesterov:
                TensorPrimitives.MultiplyAdd(_m, Round(Rules.Momentum), g, _m);
                TensorPrimitives.MultiplyAdd(_m, Round(Rules.Momentum), g, _u);
                break;
            case Rule.RmsProp:
                Average(_m, g, Rules.Smoothing, square: true);
                TensorPrimitives.Sqrt(_m, _u);
                TensorPrimitives.Add(_u, Round(Rules.Epsilon), _u);
                TensorPrimitives.Divide(g, _u, _u);
                break;
            case Rule.Lion:
                TensorPrimitives.Multiply(_m, Round(Rules.Beta1), _u);
                TensorPrimitives.MultiplyAdd(g, Round(1 - Rules.Beta1), _u, _u);
                Average(_m, g, Rules.LionBeta2, square: false);
                for (var i = 0; i < _u.Length; i++)
                {
                    _u[i] = T.CreateTruncating(T.Sign(_u[i]));
                }

                break;
            default:
                Moments(g, Rules.LambEpsilon);
                TensorPrimitives.MultiplyAdd(_p, Round(Rules.Decay), _u, _u);
                TensorPrimitives.Multiply(_u, TensorPrimitives.Norm<T>(_p) / TensorPrimitives.Norm<T>(_u), _u);
                break;
        }

        TensorPrimitives.MultiplyAdd(_u, Round(-_setup.Rate), _p, _p);
    }

    private void Moments(ReadOnlySpan<T> g, double epsilon)
    {
        Average(_m, g, Rules.Beta1, square: false);
        Average(_v, g, Rules.Beta2, square: true);
        TensorPrimitives.Multiply(_v, Round(_setup.Correction2), _u);
        TensorPrimitives.Sqrt(_u, _u);
        TensorPrimitives.Add(_u, Round(epsilon), _u);
        TensorPrimitives.Divide(_m, _u, _u);
        TensorPrimitives.Multiply(_u, Round(_setup.Correction1), _u);
    }

    private void Average(T[] slot, ReadOnlySpan<T> g, double beta, bool square)
    {
        TensorPrimitives.Multiply(slot, Round(beta), slot);
        if (square)
        {
            TensorPrimitives.Multiply(g, g, _u);
            g = _u;
        }

        TensorPrimitives.MultiplyAdd(g, Round(1 - beta), slot, slot);
    }
}
