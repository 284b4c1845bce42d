namespace OptCore;

/// <summary>A drop by one factor every n updates: <c>s(t) = γ^⌊t/n⌋</c>.</summary>
/// <remarks>
/// Has no end. A factor above 1 grows and stops at the largest double; <c>0⁰ = 1</c>.
/// Equals PyTorch <c>StepLR</c>, whose default γ = 0.1 is no default here.
/// </remarks>
/// <param name="Every">n ≥ 1, the updates between two drops.</param>
/// <param name="Factor">γ ≥ 0, finite.</param>
/// <example><code>sgd 0.1 |> stepDecay 30 0.1</code></example>
[Word("stepDecay")]
public sealed record StepDecay(int Every, double Factor) : ISchedule
{
    /// <summary>The updates between two drops, n ≥ 1.</summary>
    public int Every { get; init => field = Require.Count(value, nameof(Every)); } = Require.Count(Every, nameof(Every));

    /// <summary>The factor of a drop, γ ≥ 0.</summary>
    public double Factor { get; init => field = Require.NonNegative(value, nameof(Factor)); } = Require.NonNegative(Factor, nameof(Factor));

    /// <inheritdoc/>
    public long? End => Factor == 1 ? 0 : Factor == 0 ? Every : null;

    /// <inheritdoc/>
    public string Equation => $"{Curve.Text(Factor)}^⌊t/{Curve.Text(Every)}⌋";

    /// <inheritdoc/>
    public double At(long step) => Curve.Finite(Math.Pow(Factor, step / Every));

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);
}
