using System.Numerics;
using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// FTRL-Proximal: the parameters that are best for all gradients so far, taken as linear losses, near the parameters of the past; with
/// L1 many are exactly 0.
/// <code>
/// q(n, η) = (n^Power + Beta)/η;  n⁺ = n + u²
/// z = z + u + 2·L2Shrinkage·p − (q(n⁺, η_t) − q(n, η_{t−1})) p
/// p ← (clip(z, ±L1) − z)/(q(n⁺, η_t) + 2·L2)
/// </code>
/// </summary>
/// <remarks>
/// The rate is inside. n starts at Initial, η₋₁ = η_0; where the divisor is 0, p stays; η_t = 0 changes nothing, state included, and
/// η_{t−1} is the last rate above 0. With Initial &gt; 0 the start p₀ is forgotten in the first update: what holds p near it is q(n)p₀,
/// which z does not have. With Initial = 0 and no penalties it is <c>adagrad</c> with ε = 0. A power other than ½ takes
/// some 20 ns an element. A NaN in u stays in n and z for ever (see <c>skipNonFinite</c>).
/// <para>Source: McMahan et al. 2013, algorithm 1. Equals Keras <c>Ftrl</c> (learning_rate_power = −Power) at a constant rate. Differs:
/// under a schedule Keras leaves η_{t−1} out and moves p even where u = 0.</para>
/// </remarks>
/// <example><c>ftrl 0.1</c>, <c>ftrlWith (Ftrl(L1 = 0.01)) 0.1</c></example>
[Word("ftrl", Head = true)]
public sealed record Ftrl : IFusedStage
{
    /// <summary>The power of the sum of squares: &gt; 0.</summary>
    public double Power { get; init => field = Require.Positive(value, nameof(Power)); } = 0.5;

    /// <summary>The value from which the sum of squares starts: ≥ 0.</summary>
    public double Initial { get; init => field = Require.NonNegative(value, nameof(Initial)); } = 0.1;

    /// <summary>The strength of the penalty |p|, in units of the gradient: ≥ 0.</summary>
    public double L1 { get; init => field = Require.NonNegative(value, nameof(L1)); }

    /// <summary>The strength of the penalty p²: ≥ 0.</summary>
    public double L2 { get; init => field = Require.NonNegative(value, nameof(L2)); }

    /// <summary>The strength of the penalty p² on the newest gradient alone: ≥ 0.</summary>
    public double L2Shrinkage { get; init => field = Require.NonNegative(value, nameof(L2Shrinkage)); }

    /// <summary>What is added to the power, in its units: ≥ 0.</summary>
    public double Beta { get; init => field = Require.NonNegative(value, nameof(Beta)); }

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        "q(n, η) = (n^Power + Beta)/η; n⁺ = n + u²; z = z + u + 2·L2Shrinkage·p − (q(n⁺, η_t) − q(n, η_{t−1})) p; "
        + "u = p − (clip(z, ±L1) − z)/(q(n⁺, η_t) + 2·L2) (no η in the step)";

    StageTraits IStage.Traits =>
        StageTraits.RateInside | StageTraits.Adaptive | StageTraits.Elementwise;

    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Element("n", Initial), SlotSpec.Element("z"), SlotSpec.PerTensor("rate")];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        // Before the rule, which then stands in one loop with the step.
        var slot = builder.PerTensor("rate");
        var before = builder.ComputeTensors(step =>
        {
            // No rate above 0 so far: η₋₁ = η_t.
            var last = step[slot] > 0 ? step[slot] : step.Rate;
            step[slot] = step.Rate > 0 ? step.Rate : step[slot];
            return last;
        });
        switch (Power == 0.5 && !builder.FollowsSchedules, L1 > 0 || builder.FollowsSchedules)
        {
            case (true, false):
                builder.Apply(new Rule<V, T, On, Off>(this, before), "n", "z");
                break;
            case (true, true):
                builder.Apply(new Rule<V, T, On, On>(this, before), "n", "z");
                break;
            default:
                builder.Apply(new Rule<V, T, Off, On>(this, before), "n", "z");
                break;
        }
    }

    private struct Rule<V, T, Root, Sparse>(Ftrl ftrl, Measure before) : IRule2<V, T>, IPlainRule, IReadsParameters
        where V : struct, IVector<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where Root : struct, ISwitch
        where Sparse : struct, ISwitch
    {
        private Interval<V, T> _corridor;
        private V _now, _then, _beta, _l2, _shrinkage;
        private bool _moves, _sparse;
        private double _power;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            var rate = step.Rate;
            (_moves, _sparse) = (rate > 0, ftrl.L1 > 0);
            (_now, _then) = (V.Broadcast(1 / rate), V.Broadcast(1 / step[before]));
            (_corridor, _power) = (new(-ftrl.L1, ftrl.L1), ftrl.Power);
            (_beta, _l2, _shrinkage) = (V.Broadcast(ftrl.Beta), V.Broadcast(2 * ftrl.L2), V.Broadcast(2 * ftrl.L2Shrinkage));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V n, ref V z)
        {
            if (!_moves)
            {
                u = V.Zero;
                return;
            }

            var sum = V.Fma(u, u, n);
            var (held, holds) = ((PowerOf(n) + _beta) * _then, (PowerOf(sum) + _beta) * _now);
            var dual = V.Fma(_shrinkage, p, z + u) - ((holds - held) * p);
            var divisor = holds + _l2;
            var pull = Sparse.On && _sparse ? dual - _corridor.Nearest(dual) : dual;
            u = V.WhereEqual(divisor, V.Zero, V.Zero, p + (pull / divisor));
            (n, z) = (sum, dual);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly V PowerOf(V x) => Root.On ? V.Sqrt(x) : Powers.Of<V, T>(x, _power);
    }
}
