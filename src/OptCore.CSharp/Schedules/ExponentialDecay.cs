namespace OptCore;

/// <summary>Exponential decay: <c>s(t) = e^(−λt)</c>.</summary>
/// <remarks>
/// Has no end. The same curve as <c>geometric γ</c> with γ = e^(−λ). Optax <c>exponential_decay</c> and Keras
/// <c>ExponentialDecay</c> write it as <c>rate^(t/steps)</c>: λ = −ln(rate)/steps.
/// </remarks>
/// <param name="Rate">λ ≥ 0, finite, per update.</param>
/// <example><code>sgd 0.1 |> exponential 0.05</code></example>
[Word("exponential")]
public sealed record ExponentialDecay(double Rate) : ISchedule
{
    /// <summary>The decay per update, λ ≥ 0.</summary>
    public double Rate { get; init => field = Require.NonNegative(value, nameof(Rate)); } = Require.NonNegative(Rate, nameof(Rate));

    /// <inheritdoc/>
    public long? End => Rate == 0 ? 0 : null;

    /// <inheritdoc/>
    public string Equation => $"e^(−{Curve.Text(Rate)}·t)";

    /// <inheritdoc/>
    public double At(long step) => Math.Exp(-Rate * step);

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);
}
