namespace OptCore;

/// <summary>A power of the part still to do: <c>s(t) = (1 − min(t,T)/T)^q</c>.</summary>
/// <remarks>
/// Stays at 0 from T on; with q = 0 it is 1 everywhere. q = 1 is <c>linear T</c>. Equals PyTorch <c>PolynomialLR</c>.
/// Differs: Optax <c>polynomial_schedule</c> and Keras <c>PolynomialDecay</c> have a last value of their own
/// (Keras 1e-4), e as a part of the first: <c>Schedule.scaleBy (1−e) |> Schedule.plus (Schedule.constant e)</c> here.
/// </remarks>
/// <param name="Power">q ≥ 0, finite.</param>
/// <param name="Steps">T ≥ 1, the update from which on the value is 0.</param>
/// <example><code>adam 0.1 |> polynomial 2.0 100</code></example>
[Word("polynomial")]
public sealed record PolynomialDecay(double Power, int Steps) : ISchedule
{
    /// <summary>The exponent, q ≥ 0.</summary>
    public double Power { get; init => field = Require.NonNegative(value, nameof(Power)); } = Require.NonNegative(Power, nameof(Power));

    /// <summary>The update from which on the value is 0, T ≥ 1.</summary>
    public int Steps { get; init => field = Require.Count(value, nameof(Steps)); } = Require.Count(Steps, nameof(Steps));

    /// <inheritdoc/>
    public long? End => Power == 0 ? 0 : Steps;

    /// <inheritdoc/>
    public string Equation => $"(1−min(t,{Curve.Text(Steps)})/{Curve.Text(Steps)})^{Curve.Text(Power)}";

    /// <inheritdoc/>
    public double At(long step) => Math.Pow(Curve.Left(step, Steps), Power);

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);
}
