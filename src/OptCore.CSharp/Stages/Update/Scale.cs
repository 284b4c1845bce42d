using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>Multiplies the finished direction by a constant: <c>u = a u</c>.</summary>
/// <remarks>
/// Acts on what was declared before it in the phase Update: <c>scale</c> after <c>weightDecay</c> scales the decay as well.
/// a = 1 is the exact identity. a = 0 stops finite updates; a NaN or ∞ times 0 is NaN (to stop tensors use <c>freeze</c>).
/// <para>Equals Optax <c>scale</c> up to its sign: here updates are always subtracted, so a ≥ 0.</para>
/// </remarks>
/// <param name="Factor">a, the factor: a ≥ 0 and finite.</param>
/// <example><c>sgd 0.1 |> scale 0.5</c></example>
[Word("scale")]
public sealed record Scale(double Factor) : IFusedStage
{
    /// <summary>a, the factor: a ≥ 0 and finite.</summary>
    public double Factor { get; init => field = Require.NonNegative(value, nameof(Factor)); } = Require.NonNegative(Factor, nameof(Factor));

    /// <inheritdoc/>
    public Phase Phase => Phase.Update;

    /// <inheritdoc/>
    public string Equation => "u = a u";

    /// <inheritdoc/>
    public StageTraits Traits => StageTraits.Linear | StageTraits.Elementwise | StageTraits.Rotations | StageTraits.RestsAtZero;

    /// <inheritdoc/>
    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Apply(new Kernel<V, T>(Factor));

    private struct Kernel<V, T>(double factor) : IKernel<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _a;

        public readonly KernelUse Use => KernelUse.Update;

        public readonly void Begin(StepContext step)
        {
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Open(in Lanes<T> lanes) => _a = V.Broadcast(factor);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply<P>(ref V u, ref V p, P at)
            where P : struct, IPlace<V, T> => u *= _a;
    }
}
