namespace OptCore;

/// <summary>A multiple of a schedule: <c>a·s(t)</c>.</summary>
/// <remarks>The same as <c>Schedule.times (Schedule.constant a)</c>. A value beyond the largest double stops there.</remarks>
/// <param name="Schedule">The schedule s.</param>
/// <param name="Factor">a ≥ 0, finite.</param>
/// <example><code>Schedule.cosine 100 |> Schedule.scaleBy 0.5</code></example>
[Word("scaleBy", Combinator = true)]
public sealed record ScaleBy(ISchedule Schedule, double Factor) : ICombinator
{
    /// <summary>The schedule s.</summary>
    public ISchedule Schedule { get; init => field = Nesting.Checked(value, nameof(Schedule)); } = Nesting.Checked(Schedule);

    /// <summary>The factor, a ≥ 0.</summary>
    public double Factor { get; init => field = Require.NonNegative(value, nameof(Factor)); } = Require.NonNegative(Factor, nameof(Factor));

    /// <inheritdoc/>
    public long? End => Factor == 0 ? 0 : Schedule.End;

    /// <inheritdoc/>
    public Recurrence? Recurrence => Factor == 0 ? new(0, 1) : Schedule.Recurrence;

    /// <inheritdoc/>
    IEnumerable<ISchedule> ICombinator.Inner => [Schedule];

    /// <inheritdoc/>
    public string Equation => $"{Curve.Text(Factor)}·({Schedule.Equation})";

    /// <inheritdoc/>
    public double At(long step) => Curve.Finite(Factor * Schedule.At(step));

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);
}
