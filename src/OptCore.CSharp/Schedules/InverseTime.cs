namespace OptCore;

/// <summary>Hyperbolic decay: <c>s(t) = 1/(1 + λt)</c>, with a power <c>(1 + λt)^(−Power)</c>.</summary>
/// <remarks>
/// Has no end. Source: Robbins and Monro, 1951, for step sizes of order 1/t. Equals Keras <c>InverseTimeDecay</c>
/// with λ = decay_rate/decay_steps and no staircase; with a power, the rate of PyTorch <c>ASGD</c>.
/// </remarks>
/// <param name="Rate">λ ≥ 0, finite, per update.</param>
/// <example><code>sgd 0.1 |> inverseTime 0.01</code><code>sgd 0.1 |> inverseTimeWith (InverseTime(0.01, Power = 0.75))</code></example>
[Word("inverseTime")]
public sealed record InverseTime(double Rate) : ISchedule
{
    /// <summary>The decay per update, λ ≥ 0.</summary>
    public double Rate { get; init => field = Require.NonNegative(value, nameof(Rate)); } = Require.NonNegative(Rate, nameof(Rate));

    /// <summary>The power of the decay, > 0. Default 1.</summary>
    public double Power { get; init => field = Require.Positive(value, nameof(Power)); } = 1;

    /// <inheritdoc/>
    public long? End => Rate == 0 ? 0 : null;

    /// <inheritdoc/>
    public string Equation => Power == 1 ? $"1/(1+{Curve.Text(Rate)}·t)" : $"(1+{Curve.Text(Rate)}·t)^(−{Curve.Text(Power)})";

    /// <inheritdoc/>
    public double At(long step) => Power == 1 ? 1 / (1 + (Rate * step)) : Math.Pow(1 + (Rate * step), -Power);

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);
}
