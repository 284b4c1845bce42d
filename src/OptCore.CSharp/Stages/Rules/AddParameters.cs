using System.Numerics;
using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>What stages add that lean on the parameters.</summary>
internal static class Penalties
{
    /// <summary>Adds λ p to the gradient, if λ is not 0: then not even a NaN of p gets in.</summary>
    public static void AddDecay<V, T>(this StageBuilder<V, T> builder, IDecay stage)
        where V : struct, IVector<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (stage.Lambda > 0 || builder.FollowsSchedules)
        {
            builder.Apply(new AddParameters<V, T>(builder.Read(() => stage.Lambda), decoupled: false));
        }
    }
}

/// <summary><c>u = u + λ p</c>: what penalties and decays share.</summary>
/// <param name="lambda">λ.</param>
/// <param name="decoupled">Whether λ is per unit of rate, so that it is multiplied by η_t where the direction contains the rate.</param>
internal struct AddParameters<V, T>(Reading lambda, bool decoupled) : IRule0<V, T>, IPlainRule, IReadsParameters
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private V _lambda;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(StepContext step) => _lambda = V.Broadcast(decoupled ? lambda.Value * step.DecayRate : lambda.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Apply(ref V u, ref V p) => u = V.Fma(_lambda, p, u);
}
