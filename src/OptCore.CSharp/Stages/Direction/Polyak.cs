namespace OptCore;

/// <summary>
/// Polyak's step: as long as the loss is above its minimum,
/// <c>u = u · min(max(f − Minimum, 0)/(‖u‖² + ε), Maximum)</c>.
/// </summary>
/// <remarks>
/// Needs the loss of every step, a finite one: another is an <see cref="ArgumentException"/>. Under <c>accumulate</c> the mean
/// counts. The norm is of all tensors in scope as one vector. The rate is a factor of about 1. Nothing moves where f ≤ Minimum,
/// nor where the divisor is 0. Without state.
/// <para>Source: Polyak 1969; SPS+ of Loizou et al. 2021 with its largest factor. Equals Optax
/// <c>polyak_sgd(variant="sps+")</c>. Differs: Optax' default variant steps uphill where f &lt; f_min.</para>
/// </remarks>
/// <example><c>polyak 1.0</c>, <c>polyakWith (Polyak(Maximum = 1.0)) 1.0</c></example>
[Word("polyak", Head = true)]
public sealed record Polyak : IFusedStage
{
    /// <summary>The largest factor: > 0, infinity allowed.</summary>
    public double Maximum { get; init => field = Require.Threshold(value, nameof(Maximum)); } = double.PositiveInfinity;

    /// <summary>The smallest loss there is, or a bound below it: any finite number.</summary>
    public double Minimum { get; init => field = Require.Finite(value, nameof(Minimum)); }

    /// <summary>ε, added to the squared norm: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); }

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        $"u = u · {(double.IsInfinity(Maximum) ? string.Empty : "min(")}max(f − minimum, 0)/"
        + (Epsilon > 0 ? "(‖u‖² + ε)" : "‖u‖²") + (double.IsInfinity(Maximum) ? string.Empty : ", maximum)");

    StageTraits IStage.Traits =>
        StageTraits.NeedsLoss | StageTraits.FiniteLoss | StageTraits.RestsAtZero | StageTraits.Rotations;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var norm = builder.Norm(Measured.Update);
        builder.Apply(new Multiply<V, T>(builder.Compute(step =>
        {
            var divisor = (step[norm] * step[norm]) + Epsilon;
            return divisor == 0 ? 0 : Math.Min(Math.Max(step.Loss - Minimum, 0) / divisor, Maximum);
        })));
    }
}
