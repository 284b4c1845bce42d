namespace OptCore;

/// <summary>The first n values of a schedule, over and over: <c>s(t mod n)</c>.</summary>
/// <remarks>Has no end unless it repeats one value.</remarks>
/// <param name="Schedule">The schedule s.</param>
/// <param name="Period">n ≥ 1.</param>
/// <example><code>Schedule.cosine 50 |> Schedule.repeat 50</code></example>
[Word("repeat", Combinator = true)]
public sealed record Repeat(ISchedule Schedule, int Period) : ICombinator
{
    /// <summary>The schedule s.</summary>
    public ISchedule Schedule { get; init => field = Nesting.Checked(value, nameof(Schedule)); } = Nesting.Checked(Schedule);

    /// <summary>The number of values repeated, n ≥ 1.</summary>
    public int Period { get; init => field = Require.Count(value, nameof(Period)); } = Require.Count(Period, nameof(Period));

    /// <inheritdoc/>
    public long? End => Period == 1 || Schedule.End == 0 ? 0 : null;

    /// <inheritdoc/>
    public Recurrence? Recurrence => new(0, End == 0 ? 1 : Period);

    /// <inheritdoc/>
    IEnumerable<ISchedule> ICombinator.Inner => [Schedule];

    /// <inheritdoc/>
    public string Equation => $"{Schedule.Equation}, with t mod {Curve.Text(Period)} for t";

    /// <inheritdoc/>
    public double At(long step) => Schedule.At(step % Period);

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);
}
