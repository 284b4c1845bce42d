using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptBench.Contenders.Elementwise;

/// <summary>A rule's kernel by hand, one thread.</summary>
internal sealed class ByHand<T, R>(Problem<T> problem) : Contender
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where R : struct, IHandRule
{
    private readonly HandState<T> _state = new(problem, R.Slots);

    public override string Name => "hand-written";

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            _state.Number++;
            R.Step(_state);
        }
    }

    public override double[] Parameters() => Problem<T>.Widen(_state.Parameters);

    public override void Dispose() => _state.Dispose();
}
