using System.Numerics;
using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary><c>u = a·u</c> by a number that the step has computed.</summary>
internal struct Multiply<V, T>(Measure factor) : IRule0<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private V _factor;

    // The largest number instead of infinity: times a zero gradient it is 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(StepContext step) => _factor = V.Broadcast(Math.Min(step[factor], Numbers.Largest<T>()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Apply(ref V u, ref V p) => u *= _factor;
}
