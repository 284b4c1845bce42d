namespace OptCore;

/// <summary>A schedule that does not rise above a value: <c>min(a, s(t))</c>.</summary>
/// <param name="Schedule">The schedule s.</param>
/// <param name="Value">a ≥ 0, finite.</param>
/// <example><code>Schedule.geometric 1.1 |> Schedule.atMost 100.0</code></example>
[Word("atMost", Combinator = true)]
public sealed record AtMost(ISchedule Schedule, double Value) : ICombinator
{
    /// <summary>The schedule s.</summary>
    public ISchedule Schedule { get; init => field = Nesting.Checked(value, nameof(Schedule)); } = Nesting.Checked(Schedule);

    /// <summary>The largest value, a ≥ 0.</summary>
    public double Value { get; init => field = Require.NonNegative(value, nameof(Value)); } = Require.NonNegative(Value, nameof(Value));

    /// <inheritdoc/>
    public long? End => Schedule.End;

    /// <inheritdoc/>
    public Recurrence? Recurrence => Schedule.Recurrence;

    /// <inheritdoc/>
    IEnumerable<ISchedule> ICombinator.Inner => [Schedule];

    /// <inheritdoc/>
    public string Equation => $"min({Curve.Text(Value)}, {Schedule.Equation})";

    /// <inheritdoc/>
    public double At(long step) => Math.Min(Value, Schedule.At(step));

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);
}
