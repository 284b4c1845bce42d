namespace OptCore;

/// <summary>
/// One schedule for n updates, then another in its own time: <c>s(t)</c> for t &lt; n, then <c>s'(t−n)</c>.
/// </summary>
/// <remarks>
/// n = 0 is the second schedule. Joining is associative:
/// <c>andThen n (andThen m c b) a = andThen (n+m) c (andThen n b a)</c>. Equals Optax <c>join_schedules</c> and PyTorch
/// <c>SequentialLR</c>; here the schedule that is not in force is not evaluated.
/// </remarks>
/// <param name="First">The schedule of the first n updates.</param>
/// <param name="Steps">n ≥ 0.</param>
/// <param name="Next">The schedule after them, counted from 0.</param>
/// <example><code>Schedule.warmupFrom 0.0 10 |> Schedule.andThen 10 (Schedule.cosine 90)</code></example>
[Word("andThen", Combinator = true)]
public sealed record AndThen(ISchedule First, int Steps, ISchedule Next) : ICombinator
{
    /// <summary>The schedule of the first n updates.</summary>
    public ISchedule First { get; init => field = Nesting.Checked(value, nameof(First)); } = Nesting.Checked(First);

    /// <summary>The number of updates of the first schedule, n ≥ 0.</summary>
    public int Steps { get; init => field = Require.Count(value, nameof(Steps), least: 0); } =
        Require.Count(Steps, nameof(Steps), least: 0);

    /// <summary>The schedule after them, counted from 0.</summary>
    public ISchedule Next { get; init => field = Nesting.Checked(value, nameof(Next)); } = Nesting.Checked(Next);

    /// <inheritdoc/>
    public long? End => Curve.Later(Next.End, Steps);

    /// <inheritdoc/>
    public Recurrence? Recurrence => Next.Recurrence?.Later(Steps);

    /// <inheritdoc/>
    IEnumerable<ISchedule> ICombinator.Inner => [First, Next];

    /// <inheritdoc/>
    public string Equation => $"t<{Curve.Text(Steps)}: {First.Equation}; then, t counted from {Curve.Text(Steps)}: {Next.Equation}";

    /// <inheritdoc/>
    public double At(long step) => step < Steps ? First.At(step) : Next.At(step - Steps);

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);
}
