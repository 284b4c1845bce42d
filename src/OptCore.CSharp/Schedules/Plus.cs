namespace OptCore;

/// <summary>The sum of two schedules: <c>s(t) + s'(t)</c>.</summary>
/// <remarks>Commutes; the unit is <c>constant 0.0</c>. A sum beyond the largest double stops there.</remarks>
/// <param name="First">One term.</param>
/// <param name="Second">The other term.</param>
/// <example><code>Schedule.cosine 100 |> Schedule.plus (Schedule.constant 0.1)</code></example>
[Word("plus", Combinator = true)]
public sealed record Plus(ISchedule First, ISchedule Second) : ICombinator
{
    /// <summary>One term.</summary>
    public ISchedule First { get; init => field = Nesting.Checked(value, nameof(First)); } = Nesting.Checked(First);

    /// <summary>The other term.</summary>
    public ISchedule Second { get; init => field = Nesting.Checked(value, nameof(Second)); } = Nesting.Checked(Second);

    /// <inheritdoc/>
    public long? End => First.End is { } first && Second.End is { } second ? Math.Max(first, second) : null;

    /// <inheritdoc/>
    public Recurrence? Recurrence => OptCore.Recurrence.Both(First.Recurrence, Second.Recurrence);

    /// <inheritdoc/>
    IEnumerable<ISchedule> ICombinator.Inner => [First, Second];

    /// <inheritdoc/>
    public string Equation => $"({First.Equation})+({Second.Equation})";

    /// <inheritdoc/>
    public double At(long step) => Curve.Finite(First.At(step) + Second.At(step));

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);
}
