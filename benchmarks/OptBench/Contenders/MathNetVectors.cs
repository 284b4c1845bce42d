using System.Numerics;

namespace OptBench.Contenders;

/// <summary>MathNet.Numerics: the equations as its vectors let one write them.</summary>
internal sealed class MathNetVectors<T> : Contender
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Rule _rule;
    private readonly ScalarSetup _setup;
    private readonly MathNet.Numerics.LinearAlgebra.Vector<T> _g;
    private MathNet.Numerics.LinearAlgebra.Vector<T> _p, _m, _v;

    public MathNetVectors(Problem<T> problem)
    {
        var build = MathNet.Numerics.LinearAlgebra.Vector<T>.Build;
        _rule = problem.Rule;
        _setup = new ScalarSetup(problem.Rule);
        _g = build.DenseOfArray(problem.Gradient.ToArray());
        _p = build.DenseOfArray([.. problem.Start]);
        _m = build.Dense(problem.Length);
        _v = build.Dense(problem.Length);
    }

    public override string Name => "MathNet";

    public override void Run(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            _setup.Next();
            Step();
        }
    }

    public override double[] Parameters() => Problem<T>.Widen(_p.ToArray());

    private static T Round(double value) => T.CreateTruncating(value);

    private void Step()
    {
        var rate = Round(_setup.Rate);
        switch (_rule)
        {
            case Rule.Adam:
                _p -= Adam(_g, Rules.Epsilon) * rate;
                break;
            case Rule.ClipAdamW:
                var norm = _g.L2Norm();
                _p -= (Adam(
                    norm > Rules.MaxNorm ? _g * Round(Rules.MaxNorm / norm) : _g, Rules.Epsilon) + (_p * Round(Rules.Decay))) * rate;
                break;
            case Rule.Momentum:
                _m = (_m * Round(Rules.Momentum)) + _g;
                _p -= _m * rate;
                break;
            case Rule.Nesterov:
                _m = (_m * Round(Rules.Momentum)) + _g;
                _p -= (_g + (_m * Round(Rules.Momentum))) * rate;
                break;
            case Rule.RmsProp:
                _m = (_m * Round(Rules.Smoothing)) + (_g.PointwiseMultiply(_g) * Round(1 - Rules.Smoothing));
                _p -= _g.PointwiseDivide(_m.PointwiseSqrt() + Round(Rules.Epsilon)) * rate;
                break;
            case Rule.Lion:
                _p -= ((_m * Round(Rules.Beta1)) + (_g * Round(1 - Rules.Beta1))).PointwiseSign() * rate;
                _m = (_m * Round(Rules.LionBeta2)) + (_g * Round(1 - Rules.LionBeta2));
                break;
            default:
                var u = Adam(_g, Rules.LambEpsilon) + (_p * Round(Rules.Decay));
                _p -= u * Round(_setup.Rate * _p.L2Norm() / u.L2Norm());
                break;
        }
    }

    private MathNet.Numerics.LinearAlgebra.Vector<T> Adam(MathNet.Numerics.LinearAlgebra.Vector<T> g, double epsilon)
    {
        _m = (_m * Round(Rules.Beta1)) + (g * Round(1 - Rules.Beta1));
        _v = (_v * Round(Rules.Beta2)) + (g.PointwiseMultiply(g) * Round(1 - Rules.Beta2));
        return (_m * Round(_setup.Correction1)).PointwiseDivide((_v * Round(_setup.Correction2)).PointwiseSqrt() + Round(epsilon));
    }
}
