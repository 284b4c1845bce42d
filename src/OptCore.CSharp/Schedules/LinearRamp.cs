namespace OptCore;

/// <summary>
/// A straight line from a to b: <c>s(t) = a + (b−a)·min(t,T)/T</c>; by default <c>1 − min(t,T)/T</c>.
/// </summary>
/// <remarks>
/// Stays at b from T on. Equals Optax <c>linear_schedule(a, b, T)</c> and, with the defaults,
/// <c>polynomial 1.0 T</c>. Differs: PyTorch <c>LinearLR</c> is a warm-up (1/3 to 1 over 5 updates), see <c>warmupFrom</c>.
/// </remarks>
/// <param name="Steps">T ≥ 1, the update from which on the last value holds.</param>
/// <example><code>sgd 0.1 |> linearWith (LinearRamp(100, To = 0.1))</code></example>
[Word("linear")]
public sealed record LinearRamp(int Steps) : ISchedule
{
    /// <summary>The update from which on the last value holds, T ≥ 1.</summary>
    public int Steps { get; init => field = Require.Count(value, nameof(Steps)); } = Require.Count(Steps, nameof(Steps));

    /// <summary>The first value, a ≥ 0, finite. Default 1.</summary>
    public double From { get; init => field = Require.NonNegative(value, nameof(From)); } = 1;

    /// <summary>The last value, b ≥ 0, finite. Default 0.</summary>
    public double To { get; init => field = Require.NonNegative(value, nameof(To)); }

    /// <inheritdoc/>
    public long? End => From.Equals(To) ? 0 : Steps;

    /// <inheritdoc/>
    public string Equation =>
        From == 1 && To == 0
            ? $"1−min(t,{Curve.Text(Steps)})/{Curve.Text(Steps)}"
            : $"{Curve.Text(From)}+({Curve.Text(To)}−{Curve.Text(From)})·min(t,{Curve.Text(Steps)})/{Curve.Text(Steps)}";

    /// <inheritdoc/>
    public double At(long step) => From.Equals(To) ? From : (From * Curve.Left(step, Steps)) + (To * Curve.Done(step, Steps));

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);
}
