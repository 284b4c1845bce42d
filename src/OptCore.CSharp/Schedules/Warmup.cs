namespace OptCore;

/// <summary>A linear warm-up whose first value is above zero: <c>s(t) = min(1, (t+1)/n)</c>.</summary>
/// <remarks>
/// 1 from t = n−1 on, never above 1. Multiplied with another schedule it does not shift that one: <c>warmup 10 |> cosine 60</c>
/// is <c>min(1, (t+1)/10)·½(1 + cos(π·min(t,60)/60))</c>. To start another schedule after it, use <c>Schedule.andThen</c>.
/// Source: Goyal et al., 2017, section 2.2.
/// </remarks>
/// <param name="Steps">n ≥ 1, the updates of the warm-up.</param>
/// <example><code>adam 0.001 |> warmup 1000</code></example>
[Word("warmup")]
public sealed record Warmup(int Steps) : ISchedule
{
    /// <summary>The updates of the warm-up, n ≥ 1.</summary>
    public int Steps { get; init => field = Require.Count(value, nameof(Steps)); } = Require.Count(Steps, nameof(Steps));

    /// <inheritdoc/>
    public long? End => Steps - 1;

    /// <inheritdoc/>
    public string Equation => $"min(1, (t+1)/{Curve.Text(Steps)})";

    /// <inheritdoc/>
    public double At(long step) => step >= Steps ? 1 : Curve.Done(step + 1, Steps);

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);
}
