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
public sealed record Scale(double Factor) : IFusedStage, IBounded
{
    /// <summary>a, the factor: a ≥ 0 and finite.</summary>
    public double Factor { get; init => field = Require.NonNegative(value, nameof(Factor)); } = Require.NonNegative(Factor, nameof(Factor));

    Phase IStage.Phase => Phase.Update;
    double IBounded.NormBound => Factor == 0 ? 0 : double.PositiveInfinity;
    string IStage.Equation => "u = a u";
    StageTraits IStage.Traits => StageTraits.Linear | StageTraits.Elementwise | StageTraits.Rotations | StageTraits.RestsAtZero;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Apply(new Rule<V, T>(this));

    private struct Rule<V, T>(Scale scale) : IRule0<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _a;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => _a = V.Broadcast(scale.Factor);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p) => u *= _a;
    }
}
