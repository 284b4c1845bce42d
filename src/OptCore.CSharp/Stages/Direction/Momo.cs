using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// MoMo: momentum whose step length minimizes a model of the loss, cut off at a lower bound.
/// <code>
/// F, m, γ: averages with decay β of f, u, ⟨u, p⟩, the first update copies, ρ = 1; BiasCorrection: from 0, ρ = 1−β^k
/// Λ = 1 + η_t·Decay;  n = ‖m‖²;  τ = min(η_t/ρ, max(Λ(F − ρl − γ) + ⟨m, p⟩, 0)/n);  p = (p − τ m)/Λ
/// </code>
/// </summary>
/// <remarks>
/// Needs the loss of every step, a finite one: another is an <see cref="ArgumentException"/>. Under <c>accumulate</c> the mean
/// counts. The rate is inside, the largest step length; with <c>rateFor</c> each tensor has its own τ from the same F, γ, n.
/// Products and norms are of all tensors in scope as one vector. Nothing but the decay moves where n = 0 or the model is at its
/// bound. With AdaptLowerBound (slot <c>bound</c>) the bound rises from LowerBound:
/// <c>C = Λ(F − γ) + ⟨m, p⟩; if C &lt; Λρl: l = max(C/(2Λρ), LowerBound)</c> before τ,
/// <c>l = max((F + ⟨m, p⟩ − γ − ½τn)/ρ, LowerBound)</c> behind it.
/// Slots: <c>m</c> and the numbers <c>F</c>, <c>gamma</c>. A NaN in u stays in m for ever (see <c>skipNonFinite</c>).
/// <para>Source: Schaipp, Ohana, Eickenberg, Defazio &amp; Gower 2024, algorithm 1. Equals the authors' <c>Momo</c>; without decay
/// Optax <c>contrib.momo</c>. Differs: Optax with decay does not divide τ m by Λ.</para>
/// </remarks>
/// <example><c>momo 1.0</c>, <c>momoWith (Momo(Beta = 0.8, AdaptLowerBound = true)) 1.0</c></example>
[Word("momo", Head = true)]
public sealed record Momo : IModelStage
{
    /// <summary>β, the decay of the averages: 0 ≤ β &lt; 1.</summary>
    public double Beta { get; init => field = Require.Decay(value, nameof(Beta)); } = 0.9;

    /// <summary>l, a bound below every loss: any finite number.</summary>
    public double LowerBound { get; init => field = Require.Finite(value, nameof(LowerBound)); }

    /// <summary>Whether the bound is estimated, not below LowerBound.</summary>
    public bool AdaptLowerBound { get; init; }

    /// <summary>Whether the averages start from 0 and are corrected.</summary>
    public bool BiasCorrection { get; init; }

    /// <summary>The decay of the parameters, per unit of rate: ≥ 0.</summary>
    public double Decay { get; init => field = Require.NonNegative(value, nameof(Decay)); }

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        "F, m, γ = averages (β) of f, u, ⟨u, p⟩; "
        + $"τ = min(η_t{(BiasCorrection ? "/ρ" : string.Empty)}, "
        + $"max({Scaled(BiasCorrection ? "F − ρ l − γ" : "F − l − γ")} + ⟨m, p⟩, 0)/‖m‖²)"
        + $"{(BiasCorrection ? ", ρ = 1−β^k" : string.Empty)}; "
        + (Decay > 0 ? "p = (p − τ m)/Λ, Λ = 1 + η_t·decay" : "u = τ m")
        + (AdaptLowerBound ? "; l adapts" : string.Empty) + " (no η in the step)";

    StageTraits IStage.Traits =>
        StageTraits.Momentum | StageTraits.RateInside | StageTraits.NeedsLoss | StageTraits.FiniteLoss
        // The bound is moved or not by a comparison, which may turn with the last digit.
        | (AdaptLowerBound ? StageTraits.None : StageTraits.Rotations)
        | (Decay == 0 ? StageTraits.RestsAtZero : StageTraits.None);

    IReadOnlyList<SlotSpec> IStage.Slots =>
    [
        SlotSpec.Element("m"), SlotSpec.Scalar("F"), SlotSpec.Scalar("gamma"),
        .. BiasCorrection ? [SlotSpec.Power("betaPower")] : Array.Empty<SlotSpec>(), .. LossModel.BoundOf(this),
    ];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var (loss, product) = (builder.Scalar("F"), builder.Scalar("gamma"));
        var correction = builder.Correction("betaPower", () => Beta, BiasCorrection);
        var now = builder.Measure(Quantity.InnerProduct(Measured.Update, Measured.Parameters));
        builder.Then(step =>
        {
            var old = OldShare(step);
            step[loss] = (old * step[loss]) + ((1 - old) * step.Loss);
            step[product] = (old * step[product]) + ((1 - old) * step[now]);
        });
        builder.Apply(new Average<V, T>(this), "m");
        var norm = builder.Measure(Quantity.Norm(Measured.Slot("m")));
        var along = builder.Measure(Quantity.InnerProduct(Measured.Slot("m"), Measured.Parameters));
        var model = new LossModel(this, loss, product, correction, along, step => step[norm] * step[norm]);
        builder.Apply(new Move<V, T>(model, model.Bound(builder), this), "m");
    }

    // The first update copies.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private double OldShare(StepContext step) => step.Number == 1 && !BiasCorrection ? 0 : Beta;

    private string Scaled(string text) => Decay > 0 ? $"Λ({text})" : text;

    private struct Average<V, T>(Momo momo) : IRule1<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private Decay<V, T> _m;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => _m = new(momo.OldShare(step));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V m) => m = _m.Of(m, u);
    }

    private struct Move<V, T>(LossModel model, Measure bound, Momo momo) : IRule1<V, T>, IReadsParameters
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _length, _decay;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
            var shrinking = model.Shrinking(step);
            _length = V.Broadcast(model.Length(step, step[bound]) / shrinking);
            _decay = V.Broadcast(step.Rate * momo.Decay / shrinking);
        }

        // p − (p − τ m)/Λ.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V m) => u = V.Fma(_length, m, _decay * p);
    }
}
