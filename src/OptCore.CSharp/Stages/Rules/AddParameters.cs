using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary><c>u = u + λ p</c>: what penalties and decays share.</summary>
/// <param name="stage">The stage.</param>
/// <param name="decoupled">Whether λ is per unit of rate, so that it is multiplied by η_t where the direction contains the rate.</param>
internal struct AddParameters<V, T>(IDecay stage, bool decoupled) : IRule0<V, T>, IReadsParameters
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private V _lambda;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(StepContext step) => _lambda = V.Broadcast(decoupled ? stage.Lambda * step.DecayRate : stage.Lambda);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Apply(ref V u, ref V p) => u = V.Fma(_lambda, p, u);
}
