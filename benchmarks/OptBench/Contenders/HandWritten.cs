using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptBench.Contenders;

/// <summary>What a careful hand writes for one optimizer: the scalars of the step, then one fused loop.</summary>
internal sealed unsafe class HandWritten<T> : Contender
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Problem<T> _problem;
    private readonly Vectors<T> _gradient;
    private readonly Vectors<T> _state;
    private readonly ScalarSetup _setup;
    private Scalars<T> _scalars;

    public HandWritten(Problem<T> problem)
    {
        _problem = problem;
        _setup = new ScalarSetup(problem.Rule);
        _state = new Vectors<T>(problem.Length, problem.Rule == Rule.Lamb ? 4 : 1 + problem.Rule.Slots());
        problem.Start.CopyTo(_state.Span(0));
        _gradient = problem.GradientFor(_state.Span(0));
        var (beta1, beta2) = problem.Rule switch
        {
            Rule.Momentum or Rule.Nesterov => (Rules.Momentum, 0),
            Rule.RmsProp => (Rules.Smoothing, 0),
            Rule.Lion => (Rules.Beta1, Rules.LionBeta2),
            _ => (Rules.Beta1, Rules.Beta2),
        };
        _scalars = new Scalars<T>
        {
            Beta1 = Round(beta1),
            Share1 = Round(1 - beta1),
            Beta2 = Round(beta2),
            Share2 = Round(1 - beta2),
            Epsilon = Round(problem.Rule == Rule.Lamb ? Rules.LambEpsilon : Rules.Epsilon),
            MinusRate = Round(-Rules.Rate),
            Decay = Round(Rules.Decay),
            Clip = T.One,
        };
    }

    public override string Name => "hand-written";

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            _setup.Next();
            if (Vector512.IsHardwareAccelerated)
            {
                Step512();
            }
            else
            {
                StepNative();
            }
        }
    }

    public override double[] Parameters() => Problem<T>.Widen(_state.Span(0));

    public override void Dispose()
    {
        _state.Dispose();
        _gradient.Dispose();
    }

    private static T Round(double value) => T.CreateTruncating(value);

    private static double Ratio(double norm) => norm > Rules.MaxNorm ? Rules.MaxNorm / norm : 1;

    private static double Trust(double parameters, double update) =>
        parameters > 0 && update > 0 ? Math.Sqrt(parameters) / Math.Sqrt(update) : 1;

    private void SetCorrections()
    {
        _scalars.Correction1 = Round(_setup.Correction1);
        _scalars.Correction2 = Round(_setup.Correction2);
    }

    private void Step512()
    {
        T* p = _state[0], m = _state[1], g = _gradient[0];
        var n = _state.Padded;
        switch (_problem.Rule)
        {
            case Rule.Adam:
                SetCorrections();
                Kernels512<T>.Adam(p, m, _state[2], g, n, in _scalars);
                break;
            case Rule.ClipAdamW:
                SetCorrections();
                _scalars.MinusRate = Round(-_setup.Rate);
                _scalars.Clip = Round(Ratio(Math.Sqrt(Kernels512<T>.SumOfSquares(g, n))));
                Kernels512<T>.AdamW(p, m, _state[2], g, n, in _scalars);
                break;
            case Rule.Momentum:
                Kernels512<T>.Momentum(p, m, g, n, in _scalars);
                break;
            case Rule.Nesterov:
                Kernels512<T>.Nesterov(p, m, g, n, in _scalars);
                break;
            case Rule.RmsProp:
                Kernels512<T>.RmsProp(p, m, g, n, in _scalars);
                break;
            case Rule.Lion:
                Kernels512<T>.Lion(p, m, g, n, in _scalars);
                break;
            default:
                SetCorrections();
                var (pp, uu) = Kernels512<T>.LambDirection(p, m, _state[2], g, _state[3], n, in _scalars);
                Kernels512<T>.Descend(p, _state[3], n, Round(-Rules.Rate * Trust(pp, uu)));
                break;
        }
    }

    private void StepNative()
    {
        T* p = _state[0], m = _state[1], g = _gradient[0];
        var n = _state.Padded;
        switch (_problem.Rule)
        {
            case Rule.Adam:
                SetCorrections();
                KernelsNative<T>.Adam(p, m, _state[2], g, n, in _scalars);
                break;
            case Rule.ClipAdamW:
                SetCorrections();
                _scalars.MinusRate = Round(-_setup.Rate);
                _scalars.Clip = Round(Ratio(Math.Sqrt(KernelsNative<T>.SumOfSquares(g, n))));
                KernelsNative<T>.AdamW(p, m, _state[2], g, n, in _scalars);
                break;
            case Rule.Momentum:
                KernelsNative<T>.Momentum(p, m, g, n, in _scalars);
                break;
            case Rule.Nesterov:
                KernelsNative<T>.Nesterov(p, m, g, n, in _scalars);
                break;
            case Rule.RmsProp:
                KernelsNative<T>.RmsProp(p, m, g, n, in _scalars);
                break;
            case Rule.Lion:
                KernelsNative<T>.Lion(p, m, g, n, in _scalars);
                break;
            default:
                SetCorrections();
                var (pp, uu) = KernelsNative<T>.LambDirection(p, m, _state[2], g, _state[3], n, in _scalars);
                KernelsNative<T>.Descend(p, _state[3], n, Round(-Rules.Rate * Trust(pp, uu)));
                break;
        }
    }
}
