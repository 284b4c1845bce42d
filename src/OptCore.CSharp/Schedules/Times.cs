namespace OptCore;

/// <summary>The product of two schedules: <c>s(t)·s'(t)</c>.</summary>
/// <remarks>
/// Commutes as a function of t; the unit is <c>constant 1.0</c>. Attaching both schedules to one optimizer gives the same
/// rate up to rounding. A product beyond the largest double stops there. Equals PyTorch <c>ChainedScheduler</c>.
/// </remarks>
/// <param name="First">One factor.</param>
/// <param name="Second">The other factor.</param>
/// <example><code>Schedule.warmup 10 |> Schedule.times (Schedule.cosine 100)</code></example>
[Word("times", Combinator = true)]
public sealed record Times(ISchedule First, ISchedule Second) : ICombinator
{
    /// <summary>One factor.</summary>
    public ISchedule First { get; init => field = Nesting.Checked(value, nameof(First)); } = Nesting.Checked(First);

    /// <summary>The other factor.</summary>
    public ISchedule Second { get; init => field = Nesting.Checked(value, nameof(Second)); } = Nesting.Checked(Second);

    /// <inheritdoc/>
    public long? End => First.End is { } first && Second.End is { } second ? Math.Max(first, second) : null;

    /// <inheritdoc/>
    public Recurrence? Recurrence => OptCore.Recurrence.Both(First.Recurrence, Second.Recurrence);

    /// <inheritdoc/>
    IEnumerable<ISchedule> ICombinator.Inner => [First, Second];

    /// <inheritdoc/>
    public string Equation => $"({First.Equation})·({Second.Equation})";

    /// <inheritdoc/>
    public double At(long step) => Curve.Finite(First.At(step) * Second.At(step));

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);
}
