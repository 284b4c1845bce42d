using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// COCOB-Backprop: every coordinate bets a part of what it has won so far on the sign of its next gradient; there is no rate to tune.
/// <code>
/// L = max(L, |u|);  G = G + |u|;  R = max(R + u(p₀ − p), 0);  C = C + u
/// u = p − p₀ + C(L + R)/(L·max(G + L, αL))
/// </code>
/// </summary>
/// <remarks>
/// It is meant for the rate 1, which <c>cocob 1.0</c> says: the step then goes to the bet around p₀; another rate goes that part of the
/// way. The first update moves every coordinate by 1/α, whatever the gradient's unit. L starts at ε; 0/0 is 0. Gradients are losses that
/// are bet on: <c>ascend</c> where f is to grow. A NaN in u stays for ever (see <c>skipNonFinite</c>).
/// <para>Source: Orabona &amp; Tommasi 2017, algorithm 2. Equals Optax <c>contrib.cocob</c>, whose rate has no effect.</para>
/// </remarks>
/// <example><c>cocob 1.0</c>, <c>cocobWith (Cocob(Alpha = 10.0)) 1.0</c></example>
[Word("cocob", Head = true)]
public sealed record Cocob : IDividingStage
{
    /// <summary>α, which holds the first bets down: α ≥ 0.</summary>
    public double Alpha { get; init => field = Require.NonNegative(value, nameof(Alpha)); } = 100;

    /// <summary>ε, the value from which the largest gradient starts, in units of the gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-8;

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        "L = max(L, |u|); G = G + |u|; R = max(R + u(p₀ − p), 0); C = C + u; u = p − p₀ + C(L + R)/(L·max(G + L, αL))";

    StageTraits IStage.Traits =>
        StageTraits.OwnRate | StageTraits.Adaptive | StageTraits.Elementwise | StageTraits.RestsAtZero
        | (Epsilon == 0 ? StageTraits.ScaleFree : StageTraits.None);

    IReadOnlyList<SlotSpec> IStage.Slots =>
    [
        SlotSpec.Element("L", Epsilon), SlotSpec.Element("G"), SlotSpec.Element("R"), SlotSpec.Element("C"), SlotSpec.Copy("start"),
    ];

    double IDividingStage.LeastDenominator => Epsilon;

    void IDividingStage.Build<V, T, Guard>(StageBuilder<V, T> builder) =>
        builder.Apply(new Rule<V, T, Guard>(this), "L", "G", "R", "C", "start");

    private struct Rule<V, T, Guard>(Cocob cocob) : IRule5<V, T>, IPlainRule, IReadsParameters, IKeepsLast
        where V : struct, IVector<V, T>
        where T : unmanaged
        where Guard : struct, ISwitch
    {
        private V _alpha, _one;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => (_alpha, _one) = (V.Broadcast(cocob.Alpha), V.Broadcast(1));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V largest, ref V sum, ref V reward, ref V coin, ref V start)
        {
            var away = p - start;
            var size = V.Abs(u);
            largest = V.MaxOfSizes(largest, size);
            sum += size;
            reward = V.Max(reward - (u * away), V.Zero);
            coin += u;

            // Two quotients of gradients: their products would leave the range of float.
            var bet = Guarded<V, T, Guard>.Divide(coin, V.MaxOfSizes(sum + largest, _alpha * largest));
            u = V.Fma(bet, _one + Guarded<V, T, Guard>.Divide(reward, largest), away);
        }
    }
}
