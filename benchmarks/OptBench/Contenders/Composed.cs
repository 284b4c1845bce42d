using System.Numerics;
using System.Runtime.CompilerServices;
using OptCore;

namespace OptBench.Contenders;

/// <summary>The library: a session that steps in place.</summary>
internal sealed class Composed<T> : Contender
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Session<T> _session;
    private readonly Vectors<T> _gradient;
    private readonly bool _shares;
    private readonly bool _takesDiagonal;

    /// <param name="problem">The problem.</param>
    /// <param name="plan">What steps.</param>
    /// <param name="name">The name.</param>
    /// <param name="behind">The distance of the gradient behind the parameters within a page.</param>
    /// <param name="takesDiagonal">Whether a step takes a diagonal of the Hessian; the gradient stands for it.</param>
    public Composed(Problem<T> problem, Plan<T> plan, string name, int behind = Vectors<T>.Page / 2, bool takesDiagonal = false)
    {
        (Name, _takesDiagonal) = (name, takesDiagonal);
        _shares = plan.Execution.Threads > 1;
        _session = plan.Start(problem.Start);
        _gradient = problem.GradientFor(_session.AsSpan(), behind);
    }

    public Composed(Problem<T> problem, int threads, Layout? layout = null)
        : this(
            problem,
            problem.Rule.Compose().Plan<T>(layout ?? Layout.Plain(problem.Length), new Execution { Threads = threads }),
            threads == 1 ? "composed" : $"composed, {threads} threads")
    {
    }

    public override string Name { get; }

    /// <summary>A session tries out whether its threads pay, and the first steps that they share are slow.</summary>
    public override int FewestWarmUpSteps => _shares ? 24 : base.FewestWarmUpSteps;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            if (_takesDiagonal)
            {
                _session.Step(_gradient.Span(0), _gradient.Span(0), double.NaN);
                continue;
            }

            // The same gradient everywhere, at the point of a probe too.
            _session.Step(_gradient.Span(0), atPoint: true);
        }
    }

    public override double[] Parameters() => Problem<T>.Widen(_session.AsSpan());

    public override void Dispose() => _gradient.Dispose();
}

/// <summary>The library's pure step: every step in new memory.</summary>
internal sealed class ComposedPure<T>(Problem<T> problem) : Contender
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Plan<T> _plan = problem.Rule.Compose().Plan<T>(Layout.Plain(problem.Length), new Execution { Threads = 1 });
    private State<T>? _state;

    public override string Name => "pure";

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int steps)
    {
        _state ??= _plan.Init(problem.Start);
        for (var i = 0; i < steps; i++)
        {
            _state = _plan.Step(_state, problem.Gradient);
        }
    }

    public override double[] Parameters() => Problem<T>.Widen(_state!.AsSpan());
}

/// <summary>The library's pure step in the memory of the state before the last.</summary>
internal sealed class ComposedReuse<T>(Problem<T> problem) : Contender
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Plan<T> _plan = problem.Rule.Compose().Plan<T>(Layout.Plain(problem.Length), new Execution { Threads = 1 });
    private State<T>? _state;
    private State<T>? _older;

    public override string Name => "reuse";

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int steps)
    {
        _state ??= _plan.Init(problem.Start);
        _older ??= _plan.Init(problem.Start);
        for (var i = 0; i < steps; i++)
        {
            var next = _plan.Step(_state, problem.Gradient, reuse: _older);
            (_older, _state) = (_state, next);
        }
    }

    public override double[] Parameters() => Problem<T>.Widen(_state!.AsSpan());
}
