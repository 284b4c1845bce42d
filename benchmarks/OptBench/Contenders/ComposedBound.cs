using System.Numerics;
using System.Runtime.CompilerServices;
using OptCore;

namespace OptBench.Contenders;

/// <summary>The library in the caller's memory: an array for every tensor, and one for its gradient.</summary>
internal sealed class ComposedBound<T> : Contender
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly BoundSession<T> _session;
    private readonly CallersArrays<T> _arrays;
    private readonly bool _shares;

    public ComposedBound(Problem<T> problem, int threads, Layout layout)
    {
        _shares = threads > 1;
        _arrays = new CallersArrays<T>(problem, layout);
        _session = problem.Rule.Compose().Plan<T>(layout, new Execution { Threads = threads }).Bind(_arrays.Parameters);
    }

    public override string Name => "bound";

    public override int FewestWarmUpSteps => _shares ? 24 : base.FewestWarmUpSteps;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            _session.Step(_arrays.Gradients);
        }
    }

    public override double[] Parameters() => _arrays.Widened;

    public override void Dispose() => _session.Dispose();
}
