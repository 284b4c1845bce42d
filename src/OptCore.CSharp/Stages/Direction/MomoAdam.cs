using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// MoMo in the metric of Adam: the direction is Adam's, its length minimizes a model of the loss, cut off at a lower bound.
/// <code>
/// F, m, γ: averages with decay β1, from 0, of f, u, ⟨u, p⟩;  v = β2 v + (1−β2) u²;  D = √v̂ + ε;  ρ = 1−β1^k;  n = ⟨m, m/D⟩
/// Λ = 1 + η_t·Decay;  τ = min(η_t/ρ, max(Λ(F − ρl − γ) + ⟨m, p⟩, 0)/n);  p = (p − τ m/D)/Λ
/// </code>
/// </summary>
/// <remarks>
/// Needs the loss of every step, a finite one: another is an <see cref="ArgumentException"/>. Under <c>accumulate</c> the mean
/// counts. The rate is inside, the largest step length; with <c>rateFor</c> each tensor has its own τ from the same F, γ, n.
/// Products and norms are of all tensors in scope as one vector. Nothing but the decay moves where n = 0 or the model is at its
/// bound. With AdaptLowerBound (slot <c>bound</c>) the bound rises from LowerBound:
/// <c>C = Λ(F − γ) + ⟨m, p⟩; if C &lt; Λρl: l = max(C/(2Λρ), LowerBound)</c> before τ,
/// <c>l = max((F + ⟨m, p⟩ − γ − ½τn)/ρ, LowerBound)</c> behind it.
/// 0/0 is 0. Slots: <c>m</c>, <c>v</c> and the numbers <c>F</c>, <c>gamma</c>. A NaN in u stays in m and v for ever (see
/// <c>skipNonFinite</c>).
/// <para>Source: Schaipp, Ohana, Eickenberg, Defazio &amp; Gower 2024, algorithm 2. Equals the authors' <c>MomoAdam</c>; without
/// decay Optax <c>contrib.momo_adam</c>.</para>
/// </remarks>
/// <example><c>momoAdam 0.01</c>, <c>momoAdamWith (MomoAdam(LowerBound = 0.2)) 0.01</c></example>
[Word("momoAdam", Head = true)]
public sealed record MomoAdam : IDividingStage, IModelStage
{
    /// <summary>β1, the decay of the first moment and of the loss: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.9;

    /// <summary>β2, the decay of the second moment: 0 ≤ β2 &lt; 1.</summary>
    public double Beta2 { get; init => field = Require.Decay(value, nameof(Beta2)); } = 0.999;

    /// <summary>ε, added to the root, in units of the gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-8;

    /// <summary>l, a bound below every loss: any finite number.</summary>
    public double LowerBound { get; init => field = Require.Finite(value, nameof(LowerBound)); }

    /// <summary>Whether the bound is estimated, not below LowerBound.</summary>
    public bool AdaptLowerBound { get; init; }

    /// <summary>The decay of the parameters, per unit of rate: ≥ 0.</summary>
    public double Decay { get; init => field = Require.NonNegative(value, nameof(Decay)); }

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        "F, m, γ = averages (β1) of f, u, ⟨u, p⟩; v = β2 v + (1−β2) u²; D = √v̂ + ε; ρ = 1−β1^k; "
        + $"τ = min(η_t/ρ, max({(Decay > 0 ? "Λ(F − ρ l − γ)" : "F − ρ l − γ")} + ⟨m, p⟩, 0)/⟨m, m/D⟩); "
        + (Decay > 0 ? "p = (p − τ m/D)/Λ, Λ = 1 + η_t·decay" : "u = τ m/D")
        + (AdaptLowerBound ? "; l adapts" : string.Empty) + " (no η in the step)";

    StageTraits IStage.Traits =>
        StageTraits.Momentum | StageTraits.Adaptive | StageTraits.RateInside | StageTraits.NeedsLoss | StageTraits.FiniteLoss
        | (Decay == 0 ? StageTraits.RestsAtZero : StageTraits.None);

    IReadOnlyList<SlotSpec> IStage.Slots =>
    [
        SlotSpec.Element("m"), SlotSpec.Element("v"), SlotSpec.Scalar("F"), SlotSpec.Scalar("gamma"),
        SlotSpec.Power("beta1Power"), SlotSpec.Power("beta2Power"), .. LossModel.BoundOf(this),
    ];

    double IDividingStage.LeastDenominator => Epsilon;

    void IDividingStage.Build<V, T, Guard>(StageBuilder<V, T> builder)
    {
        var (loss, product) = (builder.Scalar("F"), builder.Scalar("gamma"));
        var first = builder.Correction("beta1Power", () => Beta1);
        var second = builder.Correction("beta2Power", () => Beta2);
        var now = builder.Measure(Quantity.InnerProduct(Measured.Update, Measured.Parameters));
        builder.Then(step =>
        {
            step[loss] = (Beta1 * step[loss]) + ((1 - Beta1) * step.Loss);
            step[product] = (Beta1 * step[product]) + ((1 - Beta1) * step[now]);
        });
        builder.Apply(new Averages<V, T>(this), "m", "v");

        // D = c(√v + ε/c) with c² = 1/(1−β2^k).
        var m = Measured.Slot("m");
        var square = builder.Measure(
            Quantity.ScaledProduct(m, m, Measured.Slot("v"), step => Epsilon / Math.Sqrt(step[second])));
        var along = builder.Measure(Quantity.InnerProduct(m, Measured.Parameters));
        var model = new LossModel(this, loss, product, first, along, step => step[square] / Math.Sqrt(step[second]));
        builder.Apply(new Move<V, T, Guard>(model, model.Bound(builder), second, this), "m", "v");
    }

    private struct Averages<V, T>(MomoAdam momo) : IRule2<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private Decay<V, T> _m, _v;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => (_m, _v) = (new(momo.Beta1), new(momo.Beta2));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V m, ref V v) => (m, v) = (_m.Of(m, u), _v.OfSquares(v, u));
    }

    private struct Move<V, T, Guard>(LossModel model, Measure bound, Correction second, MomoAdam momo) : IRule2<V, T>, IReadsParameters
        where V : struct, IVector<V, T>
        where T : unmanaged
        where Guard : struct, ISwitch
    {
        private V _length, _decay, _c2, _eps;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            var shrinking = model.Shrinking(step);
            _length = V.Broadcast(model.Length(step, step[bound]) / shrinking);
            _decay = V.Broadcast(step.Rate * momo.Decay / shrinking);
            (_c2, _eps) = (V.Broadcast(step[second]), V.Broadcast(momo.Epsilon));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V m, ref V v) =>
            u = V.Fma(_length, Guarded<V, T, Guard>.Divide(m, V.Sqrt(v * _c2) + _eps), _decay * p);
    }
}
