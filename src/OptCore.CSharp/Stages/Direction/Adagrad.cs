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
public sealed record Adagrad : IDividingStage, IBounded
{
    /// <summary>ε, outside the root in units of the gradient, inside in units of its square: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-10;

    /// <summary>The value from which the sum of squares starts: ≥ 0.</summary>
    public double Initial { get; init => field = Require.NonNegative(value, nameof(Initial)); }

    /// <summary>Whether ε stands under the root.</summary>
    public bool EpsilonInside { get; init; }

    Phase IStage.Phase => Phase.Direction;
    string IStage.Equation => $"G = G + u²; u = {(EpsilonInside ? "u/√(G + ε), 0 where G = 0" : "u/(√G + ε)")}";
    double IBounded.StepBound => 1;

    StageTraits IStage.Traits =>
        StageTraits.Adaptive | StageTraits.Elementwise | StageTraits.RestsAtZero
        | (Epsilon == 0 && Initial == 0 ? StageTraits.ScaleFree : StageTraits.None);

    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Element("G", Initial)];
    double IDividingStage.LeastDenominator => EpsilonInside ? 0 : Epsilon;

    void IDividingStage.Build<V, T, Guard>(StageBuilder<V, T> builder) =>
        builder.Apply(new Rule<V, T, Guard>(this), "G");

    private struct Rule<V, T, Guard>(Adagrad adagrad) : IRule1<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
        where Guard : struct, ISwitch
    {
        private V _inside, _outside;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            // One loop for both places of ε: a summand of 0 is exact.
            _inside = V.Broadcast(adagrad.EpsilonInside ? adagrad.Epsilon : 0);
            _outside = V.Broadcast(adagrad.EpsilonInside ? 0 : adagrad.Epsilon);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V s)
        {
            s = V.Fma(u, u, s);
            u /= V.Sqrt(s + _inside) + _outside;
            if (Guard.On)
            {
                u = V.WhereEqual(s, V.Zero, V.Zero, u);
            }
        }
    }
}
