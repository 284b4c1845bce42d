using System.Diagnostics;
using System.Globalization;
using System.Numerics;

namespace OptCore;

/// <summary>
/// The outcome of a minimization. Compared by content, the time apart: the same run gives the same result.
/// </summary>
/// <remarks>
/// <see cref="Value"/> and <see cref="GradientNorm"/> are those of the whole objective at <see cref="Point"/>, evaluated
/// once more at the end, unless a line search has ended there; what single updates saw is in <see cref="History"/>.
/// </remarks>
/// <typeparam name="T">The type of the parameters: float or double.</typeparam>
public sealed record Result<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Why the run ended.</summary>
    public required Reason Reason { get; init; }

    /// <summary>The last state, from which the run can go on.</summary>
    public required State<T> State { get; init; }

    /// <summary>The value of the whole objective at <see cref="Point"/>.</summary>
    public required double Value { get; init; }

    /// <summary>‖∇f‖ of the whole objective at <see cref="Point"/>, over the tensors that are not frozen.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>
    /// ‖p − P(p − ∇f)‖ there, P the projection onto the bounds that a stage keeps (<c>lbfgsb</c>), which
    /// <see cref="MinimizeOptions.GradientTolerance"/> is compared with: what presses against a bound does not count. Equals
    /// <see cref="GradientNorm"/> where no stage keeps bounds.
    /// </summary>
    public required double ProjectedGradientNorm { get; init; }

    /// <summary>The smallest value met, as the updates saw it, and where; null if none was finite or none was kept.</summary>
    public required BestPoint<T>? Best { get; init; }

    /// <summary>The number of updates made in this run.</summary>
    public required long Steps { get; init; }

    /// <summary>The number of evaluations of the objective, those of the result included.</summary>
    public required long Evaluations { get; init; }

    /// <summary>The time that the run took; not compared.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>What the updates saw, every <see cref="MinimizeOptions.HistoryEvery"/>-th from the first on.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public required IReadOnlyList<HistoryPoint> History { get; init; }

    /// <summary>t at which the run was found to have diverged; null if it has not.</summary>
    public required long? DivergedAt { get; init; }

    /// <summary>The best metric of <see cref="MinimizeOptions.Validation"/>, and where; null without one.</summary>
    public BestPoint<T>? Validated { get; init; }

    /// <summary>The first update that broke an invariant; null where none did.</summary>
    public BrokenInvariant? Broken { get; init; }

    /// <summary>
    /// What the number of updates says of the schedules: one that ends before the run and leaves it standing, or behind it. Data
    /// beside the outcome; empty for most runs.
    /// </summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public IReadOnlyList<Warning> Warnings
    {
        get
        {
            var optimizer = State.Plan.Optimizer;
            return optimizer.Schedules.Count + optimizer.ScheduledValues.Count + optimizer.Parts.Count == 0
                ? []
                : [.. optimizer.Warnings(steps: Horizon).Except(optimizer.Warnings())];
        }
    }

    /// <summary>t at which the run was to end.</summary>
    internal long Horizon { get; init; }

    /// <summary>What became of the run's checkpoints; null without them. Not compared.</summary>
    public CheckpointSummary? Checkpoints { get; init; }

    /// <summary>A copy of the last parameters.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public T[] Point => State.ToArray();

    /// <summary>
    /// A copy of the averaged parameters that <c>average</c> or <c>polyakAverage</c> keeps (of the first declared, where
    /// there are several); parameters out of its scope as they are. Null without such a stage.
    /// </summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public T[]? Averaged => Averages.Of(State);

    /// <inheritdoc/>
    public bool Equals(Result<T>? other) =>
        other is not null
        && Reason == other.Reason
        && State.Equals(other.State)
        && Value.Equals(other.Value)
        && GradientNorm.Equals(other.GradientNorm)
        && ProjectedGradientNorm.Equals(other.ProjectedGradientNorm)
        && Equals(Best, other.Best)
        && Equals(Validated, other.Validated)
        && Equals(Broken, other.Broken)
        && (Steps, Evaluations, DivergedAt) == (other.Steps, other.Evaluations, other.DivergedAt)
        && History.SequenceEqual(other.History);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Reason, State, Value, Steps);

    /// <summary>One line: <c>LimitReached after 500 updates: value 1.2e-05, ‖g‖ 0.003, 501 evaluations, 0.01 s</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        var where = DivergedAt is { } step ? $"{Reason} at step {Text(step)}"
            : Broken is { } broken ? $"{Reason} ({broken})"
            : $"{Reason} after {Counted(Steps, "update")}";
        var within = ProjectedGradientNorm.Equals(GradientNorm)
            ? string.Empty
            : string.Create(CultureInfo.InvariantCulture, $" ({ProjectedGradientNorm:G4} within bounds)");
        var best = DivergedAt is null || Best is null ? string.Empty : $" (best {Best})";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{where}: value {Value:G6}{best}, ‖g‖ {GradientNorm:G4}{within}, {Counted(Evaluations, "evaluation")}, "
            + $"{Elapsed.TotalSeconds:F2} s{(Checkpoints is null ? string.Empty : $"; {Checkpoints}")}");
    }

    private static string Counted(long count, string what) => count == 1 ? $"1 {what}" : $"{Text(count)} {what}s";

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
