using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Adadelta: a direction scaled by the ratio of two running root mean squares, of past directions and of gradients.
/// <code>
/// v = ρ v + (1−ρ) u²;  d = √(x + ε) / √(v + ε) ⊙ u;  x = ρ x + (1−ρ) d²;  u = d
/// </code>
/// </summary>
/// <remarks>
/// The direction has units of the parameters: the rate is a factor without dimension, 1 in the paper. x sees the direction
/// before the rate. The first steps are of the order of √ε and grow from there; with ε = 0 every direction is 0, for ever. A NaN
/// in u stays in v and x for ever (see <c>skipNonFinite</c>).
/// <para>Source: Zeiler 2012, algorithm 1. Equals PyTorch <c>Adadelta</c> (rate 1) and Optax <c>adadelta(1.0)</c>.
/// Differs: Optax' default rate of None ascends; Keras has ρ = 0.95, ε = 1e-7 and a rate of 0.001; Optimisers.jl has
/// ε = 1e-8 and no rate.</para>
/// </remarks>
/// <example><c>adaDelta 1.0</c>, <c>adaDeltaWith (AdaDelta(Rho = 0.95, Epsilon = 1e-7)) 1.0</c></example>
[Word("adaDelta", Head = true)]
public sealed record AdaDelta : IFusedStage
{
    /// <summary>ρ, the decay of both averages: 0 ≤ ρ &lt; 1.</summary>
    public double Rho { get; init => field = Require.Decay(value, nameof(Rho)); } = 0.9;

    /// <summary>ε under both roots: ε ≥ 0. It sets the length of the first steps.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-6;

    /// <inheritdoc/>
    public Phase Phase => Phase.Direction;

    /// <inheritdoc/>
    public string Equation => "v = ρ v + (1−ρ) u²; d = √(x+ε)/√(v+ε) ⊙ u; x = ρ x + (1−ρ) d²; u = d";

    /// <inheritdoc/>
    public StageTraits Traits => StageTraits.Adaptive | StageTraits.Elementwise | StageTraits.RestsAtZero;

    /// <inheritdoc/>
    public IReadOnlyList<SlotSpec> Slots => [SlotSpec.Element("v"), SlotSpec.Element("x")];

    /// <inheritdoc/>
    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        if (T.CreateTruncating(Epsilon) > T.Zero)
        {
            builder.Apply(new Kernel<V, T, Off>(this, builder.Element("v"), builder.Element("x")));
        }
        else
        {
            builder.Apply(new Kernel<V, T, On>(this, builder.Element("v"), builder.Element("x")));
        }
    }

    private struct Kernel<V, T, Guard>(AdaDelta stage, ElementSlot gradients, ElementSlot directions) : IKernel<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged
        where Guard : struct, ISwitch
    {
        private readonly double _rho = stage.Rho, _epsilon = stage.Epsilon;
        private Lane<T> _v, _x;
        private V _keep, _take, _eps;

        public readonly KernelUse Use => KernelUse.Update;

        public readonly void Begin(StepContext step)
        {
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Open(in Lanes<T> lanes)
        {
            (_v, _x) = (lanes[gradients], lanes[directions]);
            (_keep, _take, _eps) = (V.Broadcast(_rho), V.Broadcast(1 - _rho), V.Broadcast(_epsilon));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply<P>(ref V u, ref V p, P at)
            where P : struct, IPlace<V, T>
        {
            var v = V.Fma(_keep, at.Load(_v), _take * u * u);
            var x = at.Load(_x);
            var (numerator, denominator) = (V.Sqrt(x + _eps), V.Sqrt(v + _eps));
            var ratio = Guard.On ? VectorOperations.DivideOrZero<V, T>(numerator, denominator) : numerator / denominator;
            u = ratio * u;
            at.Store(_v, v);
            at.Store(_x, V.Fma(_keep, x, _take * u * u));
        }
    }
}
