namespace OptCore;

/// <summary>The same factor at every update: <c>s(t) = γ^t</c>.</summary>
/// <remarks>
/// Has no end. A factor above 1 (a range test of the rate) grows and stops at the largest double; <c>0⁰ = 1</c>.
/// Equals PyTorch <c>ExponentialLR</c>, once per update.
/// </remarks>
/// <param name="Factor">γ ≥ 0, finite.</param>
/// <example><code>adam 0.1 |> geometric 0.9</code></example>
[Word("geometric")]
public sealed record GeometricDecay(double Factor) : ISchedule
{
    /// <summary>The factor of one update, γ ≥ 0.</summary>
    public double Factor { get; init => field = Require.NonNegative(value, nameof(Factor)); } = Require.NonNegative(Factor, nameof(Factor));

    /// <inheritdoc/>
    public long? End => Factor == 1 ? 0 : Factor == 0 ? 1 : null;

    /// <inheritdoc/>
    public string Equation => $"{Curve.Text(Factor)}^t";

    /// <inheritdoc/>
    public double At(long step) => Curve.Finite(Math.Pow(Factor, step));

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);
}
