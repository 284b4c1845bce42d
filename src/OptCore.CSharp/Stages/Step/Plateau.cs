using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Reduces the rate when the loss stops improving: multiplies it by γ, not below the floor, after more than n updates in a
/// row without <c>loss &lt; best − Threshold·|best|</c>.
/// </summary>
/// <remarks>
/// The loss handed to step t changes the rate from step t+1 on. A step without a loss (NaN) is an
/// <see cref="ArgumentException"/>; +∞ counts as no improvement. Under <c>accumulate</c> it sees mean losses, and counts
/// updates. The floor bounds lr·γ^j, before schedules and <c>rateFor</c>; a rate that starts below it stays as it is.
/// Slots: <c>best</c> (+∞ at the start, −∞ where larger is better), <c>bad</c> (updates without improvement), <c>factor</c> (γ^j),
/// <c>cooling</c> (updates left of a cooldown, where there is one). With <c>Maximize</c> ±∞ and signs turn: −∞ is no improvement.
/// <para>Equals PyTorch <c>ReduceLROnPlateau(mode, factor=γ, patience=n, threshold=Threshold, threshold_mode, cooldown, min_lr=Floor)</c>
/// called after every step, for positive losses. Differs: PyTorch takes a worsening negative loss for an improvement and ignores
/// reductions of the rate by less than 1e-8; Optax <c>reduce_on_plateau</c> reduces one update earlier, at
/// <c>bad = n</c>.</para>
/// </remarks>
/// <param name="Patience">n, the number of updates without improvement that are let pass: n ≥ 1.</param>
/// <param name="Factor">γ, the factor of the rate: 0 ≤ γ &lt; 1.</param>
/// <example><c>sgd 0.1 |> plateau 10 0.1</c>, <c>sgd 0.1 |> plateauWith (Plateau(10, 0.1, Floor = 0.001, Cooldown = 5))</c></example>
[Word("plateau")]
public sealed record Plateau(int Patience, double Factor) : IFusedStage
{
    /// <summary>n, the number of updates without improvement that are let pass: n ≥ 1.</summary>
    public int Patience { get; init => field = Require.Count(value, nameof(Patience)); } = Require.Count(Patience, nameof(Patience));

    /// <summary>γ, the factor of the rate: 0 ≤ γ &lt; 1.</summary>
    public double Factor { get; init => field = Require.Decay(value, nameof(Factor)); } = Require.Decay(Factor, nameof(Factor));

    /// <summary>The relative decrease that counts as an improvement: ≥ 0.</summary>
    public double Threshold { get; init => field = Require.NonNegative(value, nameof(Threshold)); } = 1e-4;

    /// <summary>The rate below which lr is not reduced: ≥ 0.</summary>
    public double Floor { get; init => field = Require.NonNegative(value, nameof(Floor)); }

    /// <summary>Whether larger is better: a metric such as an accuracy is handed in in place of the loss. Default false.</summary>
    public bool Maximize { get; init; }

    /// <summary>Whether the threshold is taken as it is, and not times |best|. Default false.</summary>
    public bool Absolute { get; init; }

    /// <summary>The number of updates behind a reduction in which none counts as bad: ≥ 0.</summary>
    public int Cooldown { get; init => field = Require.Count(value, nameof(Cooldown), least: 0); }

    /// <summary>
    /// Whether a step without a loss is no look at it: for a validation metric that is known every so many steps. All counts are of looks
    /// then. Default false: such a step is an error.
    /// </summary>
    public bool Sparse { get; init; }

    Phase IStage.Phase => Phase.Step;

    string IStage.Equation =>
        $"lr = max(γ lr, floor) after more than n {(Sparse ? "looks" : "updates")} without loss "
        + $"{(Maximize ? "> best +" : "< best −")} threshold{(Absolute ? "" : "·|best|")}";

    StageTraits IStage.Traits => StageTraits.Single | (Sparse ? StageTraits.None : StageTraits.NeedsLoss);

    IReadOnlyList<SlotSpec> IStage.Slots =>
    [
        SlotSpec.Scalar("best", Maximize ? double.NegativeInfinity : double.PositiveInfinity), SlotSpec.Count("bad"),
        SlotSpec.Scalar("factor", 1), .. Cooldown > 0 ? [SlotSpec.Count("cooling")] : Array.Empty<SlotSpec>(),
    ];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var (best, bad, factor) = (builder.Scalar("best"), builder.Count("bad"), builder.Scalar("factor"));
        CountSlot? cooling = Cooldown > 0 ? builder.Count("cooling") : null;
        builder.BeforeStep(step =>
        {
            (step.RateFactor, step.RateFloor) = (step[factor], Floor);
            if (Sparse && double.IsNaN(step.Loss))
            {
                return;
            }

            if (Improves(step.Loss, step[best]))
            {
                (step[best], step[bad]) = (step.Loss, 0);
            }
            else
            {
                step[bad]++;
            }

            if (cooling is { } rest && step[rest] > 0)
            {
                (step[rest], step[bad]) = (step[rest] - 1, 0);
            }

            if (step[bad] > Patience)
            {
                (step[factor], step[bad]) = (step[factor] * Factor, 0);
                if (cooling is { } begun)
                {
                    step[begun] = Cooldown;
                }
            }
        });
    }

    // Without a best loss so far every finite one improves; ∞ − Threshold·∞ would be NaN.
    private bool Improves(double loss, double best)
    {
        var change = double.IsInfinity(best) ? 0 : Absolute ? Threshold : Threshold * Math.Abs(best);
        return Maximize ? loss > best + change : loss < best - change;
    }
}
