namespace OptCore;

/// <summary>A fixed factor: <c>s(t) = a</c>.</summary>
/// <remarks>
/// The unit of <c>Schedule.times</c> is <c>constant 1.0</c>. Equals Optax <c>constant_schedule</c>.
/// Differs: PyTorch <c>ConstantLR</c> is not constant; it multiplies by 1/3 for 5 steps and then by 1.
/// </remarks>
/// <param name="Value">a ≥ 0, finite.</param>
/// <example><code>sgd 0.1 |> constant 0.5</code></example>
[Word("constant")]
public sealed record Constant(double Value) : ISchedule
{
    /// <summary>The factor a ≥ 0.</summary>
    public double Value { get; init => field = Require.NonNegative(value, nameof(Value)); } = Require.NonNegative(Value, nameof(Value));

    /// <inheritdoc/>
    public long? End => 0;

    /// <inheritdoc/>
    public string Equation => Curve.Text(Value);

    /// <inheritdoc/>
    public double At(long step) => Value;

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);
}
