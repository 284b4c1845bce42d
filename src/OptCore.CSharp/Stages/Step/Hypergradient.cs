using System.Numerics;
using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Hypergradient descent: the rate learns from its own gradient. The loss behind the last step, as a function of the factor c of its
/// rate, has the slope −η⟨g, d⟩, where d is the update of that step before c; c goes down that slope.
/// <code>
/// h = ⟨g, d⟩;  c = min(max(c + β h, Minimum), Maximum);  d = u;  u = c u
/// Multiplicative:  c = min(max(c (1 + β h/(‖g‖‖d‖)), Minimum), Maximum)
/// </code>
/// </summary>
/// <remarks>
/// The rate of a step is c η_t: schedules go on as they are, and the first step, where d = 0, has η_0. u is the update as all stages
/// before the step leave it, decays included; g the gradient as the first direction gets it: conditioned (clips, means of
/// <c>accumulate</c>) and with the penalties l1 and l2. Products and norms are of all tensors in scope as one vector, so that
/// <c>only "w" (hypergradient 0.1)</c> beside another for the rest learns a rate for each. The size of h is that of a squared gradient
/// behind <c>sgd</c>; the multiplicative h is a cosine, without a unit: with β &lt; 1 it keeps c &gt; 0. 0/0 is 0. Where h is not finite c
/// stays. At c = 0 nothing moves, and c grows again as soon as h &gt; 0. What reads the rate behind the step (<c>proxL1</c>) reads η_t.
/// Slots: <c>last</c> (d), <c>factor</c> (c, 1 at the start).
/// <para>Source: Baydin et al. 2018, SGD-HD, SGDN-HD and Adam-HD with both rules, additive and multiplicative: at a constant rate η
/// their additive β is η times this one. Differs: there nothing keeps the rate from turning negative.</para>
/// </remarks>
/// <param name="Beta">β, the rate of the factor: β ≥ 0; with 0 nothing is learned.</param>
/// <example><c>sgd 0.1 |> hypergradient 0.1</c>, <c>adam 0.1 |> hypergradientWith (Hypergradient(0.1, Multiplicative = true))</c></example>
[Word("hypergradient")]
public sealed record Hypergradient(double Beta) : ISeesGradient
{
    /// <summary>β, the rate of the factor: β ≥ 0; with 0 nothing is learned.</summary>
    public double Beta { get; init => field = Require.NonNegative(value, nameof(Beta)); } = Require.NonNegative(Beta, nameof(Beta));

    /// <summary>Whether c is multiplied by 1 + β times the cosine of g and d. Default false: β⟨g, d⟩ is added.</summary>
    public bool Multiplicative { get; init; }

    /// <summary>The smallest factor: 0 ≤ value ≤ 1.</summary>
    public double Minimum { get; init => field = Require.Between(value, 0, 1, nameof(Minimum)); }

    /// <summary>The largest factor: ≥ 1, infinity allowed.</summary>
    public double Maximum { get; init => field = OwnRates.Growth(value, nameof(Maximum)); } = double.PositiveInfinity;

    Phase IStage.Phase => Phase.Step;

    string IStage.Equation =>
        $"h = ⟨g, d⟩; c = {Bounded(Multiplicative ? "c (1 + β h/(‖g‖‖d‖))" : "c + β h")}; d = u; u = c u";

    StageTraits IStage.Traits => StageTraits.RestsAtZero | StageTraits.Rotations;

    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Element("last"), SlotSpec.Scalar("factor", 1)];

    void ISeesGradient.BuildBeforeDirection<V, T>(StageBuilder<V, T> builder)
    {
        var (factor, last) = (builder.Scalar("factor"), Measured.Slot("last"));
        var along = builder.Measure(Quantity.InnerProduct(Measured.Update, last));
        if (!Multiplicative)
        {
            builder.Then(step => step[factor] = Next(step[factor], step[along], step[factor] + (Beta * step[along])));
            return;
        }

        var (gradient, size) = (builder.Norm(Measured.Update), builder.Norm(last));
        builder.Then(step =>
        {
            // One norm after the other: their product would leave the range of numbers first.
            var cosine = step[along] == 0 ? 0 : step[along] / step[gradient] / step[size];
            step[factor] = Next(step[factor], cosine, step[factor] * (1 + (Beta * cosine)));
        });
    }

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Apply(new Rule<V, T>(builder.Scalar("factor")), "last");

    private double Next(double now, double slope, double next) =>
        double.IsFinite(slope) ? Math.Min(Math.Max(next, Minimum), Maximum) : now;

    private string Bounded(string next) =>
        double.IsInfinity(Maximum) ? $"max({next}, minimum)" : $"min(max({next}, minimum), maximum)";

    private struct Rule<V, T>(ScalarSlot factor) : IRule1<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private V _factor;

        // The largest number instead of infinity: times a zero update it is 0.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => _factor = V.Broadcast(Math.Min(step[factor], Numbers.Largest<T>()));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V last)
        {
            last = u;
            u *= _factor;
        }
    }
}
