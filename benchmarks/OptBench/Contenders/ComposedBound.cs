using System.Numerics;
using System.Runtime.CompilerServices;
using OptCore;

namespace OptBench.Contenders;

/// <summary>The library in the caller's memory: an array for every tensor, and one for its gradient.</summary>
internal sealed class ComposedBound<T> : Contender
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly BoundSession<T> _session;
    private readonly T[][] _parameters;
    private readonly T[][] _gradients;
    private readonly bool _shares;

    public ComposedBound(Problem<T> problem, int threads, Layout layout)
    {
        _shares = threads > 1;
        var gradient = problem.Gradient;
        (_parameters, _gradients) = (new T[layout.Tensors.Count][], new T[layout.Tensors.Count][]);
        for (var i = 0; i < _parameters.Length; i++)
        {
            var tensor = layout.Tensors[i];
            _parameters[i] = problem.Start[tensor.Offset..tensor.End];
            _gradients[i] = gradient[tensor.Offset..tensor.End].ToArray();
        }

        _session = problem.Rule.Compose().Plan<T>(layout, new Execution { Threads = threads }).Bind(_parameters);
    }

    public override string Name => "bound";

    public override int FewestWarmUpSteps => _shares ? 24 : base.FewestWarmUpSteps;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            _session.Step(_gradients);
        }
    }

    public override double[] Parameters() => Problem<T>.Widen(_parameters.SelectMany(tensor => tensor).ToArray());

    public override void Dispose() => _session.Dispose();
}
