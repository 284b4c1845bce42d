using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptBench.Contenders;

/// <summary>What a careful hand writes for one of the longer elementwise rules, with its defaults.</summary>
internal sealed unsafe class HandWrittenRule<T> : Contender
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly string _word;
    private readonly double _rate;
    private readonly Vectors<T> _state;
    private readonly Vectors<T> _gradient;
    private long _number;

    public HandWrittenRule(Problem<T> problem, string word, double rate)
    {
        (_word, _rate) = (word, rate);
        _state = new Vectors<T>(problem.Length, word switch { "ftrl" => 3, "madgrad" => 4, _ => 6 });
        problem.Start.CopyTo(_state.Span(0));
        _gradient = problem.GradientFor(_state.Span(0));
        switch (word)
        {
            case "ftrl":
                new Span<T>(_state[1], (int)_state.Padded).Fill(Round(0.1));
                break;
            case "madgrad":
                problem.Start.CopyTo(_state.Span(3));
                break;
            default:
                new Span<T>(_state[1], (int)_state.Padded).Fill(Round(1e-8));
                problem.Start.CopyTo(_state.Span(5));
                break;
        }
    }

    public override string Name => "hand-written";

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            _number++;
            switch (_word)
            {
                case "ftrl":
                    RuleKernels512<T>.Ftrl(_state, _gradient[0], Round(1 / _rate));
                    break;
                case "madgrad":
                    RuleKernels512<T>.Madgrad(
                        _state, _gradient[0], Round((_rate + 1e-6) * Math.Sqrt(_number)), Round(1e-6), Round(1 - 0.9));
                    break;
                default:
                    RuleKernels512<T>.Cocob(_state, _gradient[0], Round(100), Round(-_rate));
                    break;
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
}
