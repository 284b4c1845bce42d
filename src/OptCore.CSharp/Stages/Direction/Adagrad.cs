using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Adagrad: a direction divided by the root of the sum of all squared gradients.
/// <code>
/// G = G + u²;  u = u / (√G + ε)
/// EpsilonInside:  u = u / √(G + ε), 0 where G = 0
/// </code>
/// </summary>
/// <remarks>
/// The direction is dimensionless and falls like 1/√k: the rate is the length of the first step where Initial = 0. Nothing
/// is forgotten: one large gradient, or a NaN, stays in G for ever (see <c>skipNonFinite</c>). With ε = 0 a coordinate
/// whose sum is 0 gets u = 0.
/// <para>Source: Duchi, Hazan &amp; Singer 2011, the diagonal form. Equals PyTorch <c>Adagrad</c> without <c>lr_decay</c>;
/// <c>Adagrad(Epsilon = 1e-7, Initial = 0.1, EpsilonInside = true)</c> equals Optax and Keras.
/// Differs: Optimisers.jl starts at G = ε.</para>
/// </remarks>
/// <example><c>adagrad 0.1</c>, <c>adagradWith (Adagrad(Epsilon = 1e-7, Initial = 0.1, EpsilonInside = true)) 0.1</c></example>
[Word("adagrad", Head = true)]
public sealed record Adagrad : IFusedStage, IBounded
{
    /// <summary>ε, outside the root in units of the gradient, inside in units of its square: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-10;

    /// <summary>The value from which the sum of squares starts: ≥ 0.</summary>
    public double Initial { get; init => field = Require.NonNegative(value, nameof(Initial)); }

    /// <summary>Whether ε stands under the root.</summary>
    public bool EpsilonInside { get; init; }

    /// <inheritdoc/>
    public Phase Phase => Phase.Direction;

    /// <inheritdoc/>
    public string Equation => $"G = G + u²; u = {(EpsilonInside ? "u/√(G + ε), 0 where G = 0" : "u/(√G + ε)")}";

    /// <inheritdoc/>
    public double StepBound => 1;

    /// <inheritdoc/>
    public StageTraits Traits =>
        StageTraits.Adaptive | StageTraits.Elementwise | StageTraits.RestsAtZero
        | (Epsilon == 0 && Initial == 0 ? StageTraits.ScaleFree : StageTraits.None);

    /// <inheritdoc/>
    public IReadOnlyList<SlotSpec> Slots => [SlotSpec.Element("G", Initial)];

    /// <inheritdoc/>
    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        if (!EpsilonInside && T.CreateTruncating(Epsilon) > T.Zero)
        {
            builder.Apply(new Kernel<V, T, Off>(this, builder.Element("G")));
        }
        else
        {
            builder.Apply(new Kernel<V, T, On>(this, builder.Element("G")));
        }
    }

    private struct Kernel<V, T, Guard>(Adagrad stage, ElementSlot slot) : IKernel<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged
        where Guard : struct, ISwitch
    {
        // One loop for both places of ε: a summand of 0 is exact.
        private readonly double _inside = stage.EpsilonInside ? stage.Epsilon : 0, _outside = stage.EpsilonInside ? 0 : stage.Epsilon;
        private Lane<T> _sum;
        private V _under, _eps;

        public readonly KernelUse Use => KernelUse.Update;

        public readonly void Begin(StepContext step)
        {
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Open(in Lanes<T> lanes)
        {
            _sum = lanes[slot];
            (_under, _eps) = (V.Broadcast(_inside), V.Broadcast(_outside));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply<P>(ref V u, ref V p, P at)
            where P : struct, IPlace<V, T>
        {
            var sum = V.Fma(u, u, at.Load(_sum));
            at.Store(_sum, sum);
            u /= V.Sqrt(sum + _under) + _eps;
            if (Guard.On)
            {
                u = V.Select(V.Equal(sum, V.Zero), V.Zero, u);
            }
        }
    }
}
