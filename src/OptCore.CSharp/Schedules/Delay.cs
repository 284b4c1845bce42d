namespace OptCore;

/// <summary>A schedule that starts later: <c>s(max(0, t−n))</c>.</summary>
/// <remarks>Holds s(0) for the first n updates. Equals the <c>transition_begin</c> of Optax.</remarks>
/// <param name="Schedule">The schedule s.</param>
/// <param name="Steps">n ≥ 0.</param>
/// <example><code>Schedule.linear 50 |> Schedule.delay 100</code></example>
[Word("delay", Combinator = true)]
public sealed record Delay(ISchedule Schedule, int Steps) : ICombinator
{
    /// <summary>The schedule s.</summary>
    public ISchedule Schedule { get; init => field = Nesting.Checked(value, nameof(Schedule)); } = Nesting.Checked(Schedule);

    /// <summary>The updates before it starts, n ≥ 0.</summary>
    public int Steps { get; init => field = Require.Count(value, nameof(Steps), least: 0); } =
        Require.Count(Steps, nameof(Steps), least: 0);

    /// <inheritdoc/>
    public long? End => Schedule.End == 0 ? 0 : Curve.Later(Schedule.End, Steps);

    /// <inheritdoc/>
    public Recurrence? Recurrence => Schedule.End == 0 ? new(0, 1) : Schedule.Recurrence?.Later(Steps);

    /// <inheritdoc/>
    IEnumerable<ISchedule> ICombinator.Inner => [Schedule];

    /// <inheritdoc/>
    public string Equation => $"{Schedule.Equation}, with max(0, t−{Curve.Text(Steps)}) for t";

    /// <inheritdoc/>
    public double At(long step) => Schedule.At(Math.Max(0, step - Steps));

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);
}
