namespace OptCore;

/// <summary>Hyperbolic decay: <c>s(t) = 1/(1 + λt)</c>.</summary>
/// <remarks>
/// Has no end. Source: Robbins and Monro, 1951, for step sizes of order 1/t. Equals Keras <c>InverseTimeDecay</c>
/// with λ = decay_rate/decay_steps and no staircase.
/// </remarks>
/// <param name="Rate">λ ≥ 0, finite, per update.</param>
/// <example><code>sgd 0.1 |> inverseTime 0.01</code></example>
[Word("inverseTime")]
public sealed record InverseTime(double Rate) : ISchedule
{
    /// <summary>The decay per update, λ ≥ 0.</summary>
    public double Rate { get; init => field = Require.NonNegative(value, nameof(Rate)); } = Require.NonNegative(Rate, nameof(Rate));

    /// <inheritdoc/>
    public long? End => Rate == 0 ? 0 : null;

    /// <inheritdoc/>
    public string Equation => $"1/(1+{Curve.Text(Rate)}·t)";

    /// <inheritdoc/>
    public double At(long step) => 1 / (1 + (Rate * step));

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);
}
