using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// D-Adaptation in the form of Adam: the step length d is a lower bound of the distance to the solution, from what the gradients
/// have gained so far.
/// <code>
/// q = √β2;  γ = d η_t b;  N = q N + (1−q) γ ⟨u, s/(√v + ε)⟩;  m = β1 m + (1−β1) γ u;  v = β2 v + (1−β2) u²;  s = q s + (1−q) γ u
/// d = max(d, min(N/((1−q)‖s‖_1), Growth·d));  u = m/(√v + ε) + γ·Decay·p
/// b = √(1−β2^k)/(1−β1^k) with BiasCorrection, else 1
/// </code>
/// </summary>
/// <remarks>
/// The rate is inside, a factor of about 1. N sees s and v of the step before, u the γ before d changes. ⟨·,·⟩ and ‖·‖_1 are over
/// all tensors in scope as one vector, each tensor with its own η_t. Where ‖s‖_1 = 0 d stays; 0/0 is 0; a rate of 0 leaves
/// everything finite. Slots: <c>m</c>, <c>v</c>, <c>s</c> and the numbers <c>d</c>, <c>N</c>. A NaN in u stays in the state for
/// ever (see <c>skipNonFinite</c>).
/// <para>Source: Defazio &amp; Mishchenko 2023, algorithm 5. Equals the authors' <c>DAdaptAdam</c>; with BiasCorrection Optax
/// <c>contrib.dadapt_adamw</c>. Differs: Optax' d turns NaN for ever at a first rate or gradient of 0.</para>
/// </remarks>
/// <example><c>dAdapt 1.0 |> cosine 1000</c>, <c>dAdaptWith (DAdapt(Growth = 1.02)) 1.0</c></example>
[Word("dAdapt", Head = true)]
public sealed record DAdapt : IDividingStage
{
    /// <summary>β1, the decay of the first moment: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.9;

    /// <summary>β2, the decay of the second moment, whose root is that of the sums for d: 0 ≤ β2 &lt; 1.</summary>
    public double Beta2 { get; init => field = Require.Decay(value, nameof(Beta2)); } = 0.999;

    /// <summary>ε, added to the root, in units of the gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-8;

    /// <summary>The first d, in units of the parameters: > 0, below every sensible step.</summary>
    public double Initial { get; init => field = Require.Positive(value, nameof(Initial)); } = 1e-6;

    /// <summary>The largest factor by which d grows in one update: ≥ 1, infinity allowed.</summary>
    public double Growth { get; init => field = OwnRates.Growth(value, nameof(Growth)); } = double.PositiveInfinity;

    /// <summary>Whether the averages are corrected, by b.</summary>
    public bool BiasCorrection { get; init; }

    /// <summary>The decay of the parameters, per unit of d η_t: ≥ 0.</summary>
    public double Decay { get; init => field = Require.NonNegative(value, nameof(Decay)); }

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        $"q = √β2; γ = d η_t{(BiasCorrection ? " b" : string.Empty)}; N = q N + (1−q) γ ⟨u, s/(√v + ε)⟩; m = β1 m + (1−β1) γ u; "
        + "v = β2 v + (1−β2) u²; s = q s + (1−q) γ u; d = max(d, min(N/((1−q)‖s‖_1), growth·d)); "
        + $"u = m/(√v + ε){(Decay > 0 ? " + γ·decay·p" : string.Empty)} (no η in the step)";

    IReadOnlyList<SlotSpec> IStage.Slots =>
    [
        SlotSpec.Element("m"), SlotSpec.Element("v"), SlotSpec.Element("s"), SlotSpec.Scalar("d", Initial), SlotSpec.Scalar("N"),
        .. OwnRates.Powers(BiasCorrection),
    ];

    StageTraits IStage.Traits =>
        StageTraits.Momentum | StageTraits.Adaptive | StageTraits.OwnRate | StageTraits.RateInside
        | (Decay == 0 ? StageTraits.RestsAtZero : StageTraits.None)
        | (Epsilon == 0 && Decay == 0 ? StageTraits.ScaleFree : StageTraits.None);

    double IDividingStage.LeastDenominator => Epsilon;

    private double Root => Math.Sqrt(Beta2);

    void IDividingStage.Build<V, T, Guard>(StageBuilder<V, T> builder)
    {
        var (d, numerator) = (builder.Scalar("d"), builder.Scalar("N"));
        var correction = new OwnRates.Factor(
            builder.Correction("beta1Power", () => Beta1, BiasCorrection), builder.Correction("beta2Power", () => Beta2, BiasCorrection));
        var gain = builder.Measure(
            Quantity.ScaledProduct(Measured.Update, Measured.Slot("s"), Measured.Slot("v"), _ => Epsilon).TimesRate());
        builder.Then(step => step[numerator] =
            (Root * step[numerator]) + ((1 - Root) * step[d] * correction.In(step) * step[gain]));
        builder.Apply(new Moments<V, T>(this, d, correction), "m", "v", "s");
        var sum = builder.Measure(Quantity.Norm(Measured.Slot("s"), 1));
        var before = builder.Compute(step =>
        {
            var now = step[d];
            if (step[sum] > 0)
            {
                step[d] = Math.Max(now, Math.Min(step[numerator] / ((1 - Root) * step[sum]), Growth * now));
            }

            return now;
        });
        builder.Apply(new Direction<V, T, Guard>(this, before, correction), "m", "v");
    }

    private struct Moments<V, T>(DAdapt adapt, ScalarSlot d, OwnRates.Factor correction) : IRule3<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private Decay<V, T> _m, _v, _s;
        private V _gamma;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            (_m, _v, _s) = (new(adapt.Beta1), new(adapt.Beta2), new(adapt.Root));
            _gamma = V.Broadcast(step[d] * step.Rate * correction.In(step));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V m, ref V v, ref V s)
        {
            var scaled = _gamma * u;
            m = _m.Of(m, scaled);
            v = _v.OfSquares(v, u);
            s = _s.Of(s, scaled);
        }
    }

    private struct Direction<V, T, Guard>(DAdapt adapt, Measure before, OwnRates.Factor correction) : IRule2<V, T>, IReadsParameters
        where V : struct, IVector<V, T>
        where T : unmanaged
        where Guard : struct, ISwitch
    {
        private V _eps, _decay;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            _eps = V.Broadcast(adapt.Epsilon);
            _decay = V.Broadcast(step[before] * step.Rate * correction.In(step) * adapt.Decay);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V m, ref V v) =>
            u = V.Fma(_decay, p, Guarded<V, T, Guard>.Divide(m, V.Sqrt(v) + _eps));
    }
}
