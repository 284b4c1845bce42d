using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// NovoGrad: gradients normalized tensor by tensor with a moving average of their squared norm, then momentum.
/// <code>
/// ν = β2 ν + (1−β2) ‖u‖²,  ν_1 = ‖u‖²   (one number per tensor)
/// m = β1 m + u · 1/(√ν + ε);  u = m
/// </code>
/// </summary>
/// <remarks>
/// The direction is dimensionless, of norm up to about 1/(1−β1) per tensor: the rate is a length per step of a whole
/// tensor. One vector and one number per tensor of state. With ε = 0 a tensor whose history is all zero gets u = 0; a
/// tensor of 0 elements is skipped. A NaN in u makes its whole tensor NaN for ever (see <c>skipNonFinite</c>); an infinite
/// ν, from ‖u‖ beyond 1e154, lets nothing more into m.
/// <para>Source: Ginsburg et al. 2019, algorithm 1, whose decay stands inside m. Equals Optax <c>novograd</c>.
/// Differs: the paper recommends β1 = 0.95, β2 = 0.98; some versions take (1−β1) of the normalized gradient.</para>
/// </remarks>
/// <example><c>novoGrad 0.01</c>, <c>novoGradWith (NovoGrad(Beta1 = 0.95, Beta2 = 0.98)) 0.01</c></example>
[Word("novoGrad", Head = true)]
public sealed record NovoGrad : IFusedStage
{
    /// <summary>β1, the decay of the momentum: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.9;

    /// <summary>β2, the decay of the squared norms: 0 ≤ β2 &lt; 1.</summary>
    public double Beta2 { get; init => field = Require.Decay(value, nameof(Beta2)); } = 0.25;

    /// <summary>ε, added to the averaged norm, in units of the gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-6;

    Phase IStage.Phase => Phase.Direction;
    string IStage.Equation => "per tensor: ν = β2 ν + (1−β2)‖u‖² (first step ν = ‖u‖²); m = β1 m + u/(√ν + ε); u = m";
    StageTraits IStage.Traits => StageTraits.Momentum | StageTraits.Adaptive | StageTraits.RestsAtZero;
    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Element("m"), SlotSpec.PerTensor("nu")];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var (norm, squares) = (builder.TensorNorms(Measured.Update), builder.PerTensor("nu"));
        builder.ThenEachTensor(step =>
        {
            var square = step[norm] * step[norm];
            step[squares] = step.Number == 1 ? square : (Beta2 * step[squares]) + ((1 - Beta2) * square);
        });
        builder.Apply(new Rule<V, T>(this, squares), "m");
    }

    private struct Rule<V, T>(NovoGrad novoGrad, TensorSlot squares) : IRule1<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        private V _b1, _scale;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            // The largest number instead of infinity: times a zero gradient it is 0.
            var scale = Math.Min(1 / (Math.Sqrt(step[squares]) + novoGrad.Epsilon), Numbers.Largest<T>());
            (_b1, _scale) = (V.Broadcast(novoGrad.Beta1), V.Broadcast(scale));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V m) => u = m = V.Fma(_b1, m, u * _scale);
    }
}
