using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Prodigy: Adam whose step length d is an estimate from below of the distance to the solution.
/// <code>
/// γ = d η_t b;  N = β3 N + (d/d_0) γ ⟨u, p_0 − p⟩;  m = β1 m + (1−β1) d u;  v = β2 v + (1−β2) d²u²;  s = β3 s + (d/d_0) γ u
/// h = Coefficient·N/‖s‖_1;  D = max(D, h);  d⁺ = min(D, Growth·d'),  d' = max(d, h) while d = d_0, else d
/// u = d b (m/(√v + d⁺ε) + Decay·p),  b = √(1−β2^k)/(1−β1^k) with BiasCorrection, else 1
/// </code>
/// </summary>
/// <remarks>
/// The rate is a factor of about 1, best with a schedule. ⟨·,·⟩ and ‖·‖_1 are over all tensors in scope as one vector, each tensor
/// with its own η_t. With SafeguardWarmup s takes up (d/d_0) d u, so that a warm-up does not inflate d. Where ‖s‖_1 = 0 d stays;
/// 0/0 is 0; a rate of 0 leaves everything finite. Slots: <c>m</c>, <c>v</c>, <c>s</c>, <c>start</c> (p_0), and the numbers
/// <c>d</c>, <c>D</c>, <c>N</c>. A NaN in u stays in the state for ever (see <c>skipNonFinite</c>).
/// <para>Source: Mishchenko &amp; Defazio 2023, algorithm 4. Equals the authors' <c>Prodigy</c>; with BiasCorrection Optax
/// <c>contrib.prodigy</c>. Differs: Optax' d turns NaN for ever at a first rate or gradient of 0.</para>
/// </remarks>
/// <example><c>prodigy 1.0 |> cosine 1000</c>, <c>prodigyWith (Prodigy(Growth = 1.02, Decay = 0.01)) 1.0</c></example>
[Word("prodigy", Head = true)]
public sealed record Prodigy : IDividingStage
{
    /// <summary>β1, the decay of the first moment: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.9;

    /// <summary>β2, the decay of the second moment: 0 ≤ β2 &lt; 1.</summary>
    public double Beta2 { get; init => field = Require.Decay(value, nameof(Beta2)); } = 0.999;

    /// <summary>β3, the decay of the sums for d: 0 ≤ β3 &lt; 1; 0 is √β2.</summary>
    public double Beta3 { get; init => field = Require.Decay(value, nameof(Beta3)); }

    /// <summary>ε, multiplied by d, in units of the gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-8;

    /// <summary>d_0, the first d, in units of the parameters: > 0, below every sensible step.</summary>
    public double Initial { get; init => field = Require.Positive(value, nameof(Initial)); } = 1e-6;

    /// <summary>The factor of the estimate: ≥ 0; 0 keeps d.</summary>
    public double Coefficient { get; init => field = Require.NonNegative(value, nameof(Coefficient)); } = 1;

    /// <summary>The largest factor by which d grows in one update: ≥ 1, infinity allowed.</summary>
    public double Growth { get; init => field = OwnRates.Growth(value, nameof(Growth)); } = double.PositiveInfinity;

    /// <summary>Whether the averages are corrected, by b.</summary>
    public bool BiasCorrection { get; init; }

    /// <summary>Whether the sum of gradients does not see the rate.</summary>
    public bool SafeguardWarmup { get; init; }

    /// <summary>The decay of the parameters, per unit of d η_t: ≥ 0.</summary>
    public double Decay { get; init => field = Require.NonNegative(value, nameof(Decay)); }

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        $"γ = d η_t{(BiasCorrection ? " b" : string.Empty)}; N = β3 N + (d/d_0) γ ⟨u, p_0 − p⟩; m = β1 m + (1−β1) d u; "
        + $"v = β2 v + (1−β2) d²u²; s = β3 s + (d/d_0) {(SafeguardWarmup ? "d" : "γ")} u; h = coefficient·N/‖s‖_1; D = max(D, h); "
        + "d⁺ = min(D, growth·d), d not below h while it is d_0; "
        + $"u = d {(BiasCorrection ? "b " : string.Empty)}(m/(√v + d⁺ε){(Decay > 0 ? " + decay·p" : string.Empty)})";

    IReadOnlyList<SlotSpec> IStage.Slots =>
    [
        SlotSpec.Element("m"), SlotSpec.Element("v"), SlotSpec.Element("s"), SlotSpec.Copy("start"),
        SlotSpec.Scalar("d", Initial), SlotSpec.Scalar("D", Initial), SlotSpec.Scalar("N"),
        .. OwnRates.Powers(BiasCorrection),
    ];

    StageTraits IStage.Traits =>
        StageTraits.Momentum | StageTraits.Adaptive | StageTraits.OwnRate | (Decay == 0 ? StageTraits.RestsAtZero : StageTraits.None)
        | (Epsilon == 0 && Decay == 0 ? StageTraits.ScaleFree : StageTraits.None);

    // d is never below its first value.
    double IDividingStage.LeastDenominator => Initial * Epsilon;

    private double ThirdBeta => Beta3 == 0 ? Math.Sqrt(Beta2) : Beta3;

    void IDividingStage.Build<V, T, Guard>(StageBuilder<V, T> builder)
    {
        var (d, largest, numerator) = (builder.Scalar("d"), builder.Scalar("D"), builder.Scalar("N"));
        var correction = new OwnRates.Factor(
            builder.Correction("beta1Power", () => Beta1, BiasCorrection), builder.Correction("beta2Power", () => Beta2, BiasCorrection));
        var ahead = builder.Measure(
            Quantity.InnerProduct(Measured.Update, Measured.Slot("start"), Measured.Parameters).TimesRate());
        builder.Then(step => step[numerator] =
            (ThirdBeta * step[numerator]) + (step[d] / Initial * step[d] * correction.In(step) * step[ahead]));
        builder.Apply(new Moments<V, T>(this, d, correction), "m", "v", "s");
        var sum = builder.Measure(Quantity.Norm(Measured.Slot("s"), 1));
        var before = builder.Compute(step =>
        {
            var now = step[d];
            if (step[sum] > 0)
            {
                var estimate = Coefficient * step[numerator] / step[sum];
                step[largest] = Math.Max(step[largest], estimate);
                step[d] = Math.Min(step[largest], Growth * (now == Initial ? Math.Max(now, estimate) : now));
            }

            return now;
        });
        builder.Apply(new Direction<V, T, Guard>(this, before, d, correction), "m", "v");
    }

    private struct Moments<V, T>(Prodigy prodigy, ScalarSlot d, OwnRates.Factor correction) : IRule3<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private Decay<V, T> _m, _v;
        private V _d, _b3, _gain;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            (_m, _v) = (new(prodigy.Beta1), new(prodigy.Beta2));
            _d = V.Broadcast(step[d]);
            _b3 = V.Broadcast(prodigy.ThirdBeta);
            var rate = prodigy.SafeguardWarmup ? 1 : step.Rate * correction.In(step);
            _gain = V.Broadcast(step[d] / prodigy.Initial * step[d] * rate);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V m, ref V v, ref V s)
        {
            var scaled = _d * u;
            m = _m.Of(m, scaled);
            v = _v.OfSquares(v, scaled);
            s = V.Fma(_b3, s, _gain * u);
        }
    }

    private struct Direction<V, T, Guard>(Prodigy prodigy, Measure before, ScalarSlot d, OwnRates.Factor correction)
        : IRule2<V, T>, IReadsParameters
        where V : struct, IVector<V, T>
        where T : unmanaged
        where Guard : struct, ISwitch
    {
        private V _scale, _eps, _decay;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            _scale = V.Broadcast(step[before] * correction.In(step));
            _eps = V.Broadcast(step[d] * prodigy.Epsilon);
            _decay = V.Broadcast(prodigy.Decay);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V m, ref V v) =>
            u = _scale * V.Fma(_decay, p, Guarded<V, T, Guard>.Divide(m, V.Sqrt(v) + _eps));
    }
}
