namespace OptCore;

/// <summary>A linear warm-up from a chosen value: <c>s(t) = a + (1−a)·min(1, t/n)</c>.</summary>
/// <remarks>
/// 1 from t = n on, never above 1. With a = 0 the first update does not move. Equals PyTorch <c>LinearLR</c>
/// (start_factor = a, total_iters = n), whose defaults 1/3 and 5 are no defaults here, and, continued by
/// <c>Schedule.andThen n (Schedule.cosine m)</c>, Optax <c>warmup_cosine_decay_schedule</c> with decay_steps = n + m.
/// Differs: Keras counts its decay_steps without the warm-up.
/// </remarks>
/// <param name="From">0 ≤ a ≤ 1, the first value.</param>
/// <param name="Steps">n ≥ 1, the update from which on the value is 1.</param>
/// <example><code>adam 0.1 |> warmupFrom 0.25 8</code></example>
[Word("warmupFrom")]
public sealed record WarmupFrom(double From, int Steps) : ISchedule
{
    /// <summary>The first value, 0 ≤ a ≤ 1.</summary>
    public double From { get; init => field = Require.Between(value, 0, 1, nameof(From)); } = Require.Between(From, 0, 1, nameof(From));

    /// <summary>The update from which on the value is 1, n ≥ 1.</summary>
    public int Steps { get; init => field = Require.Count(value, nameof(Steps)); } = Require.Count(Steps, nameof(Steps));

    /// <inheritdoc/>
    public long? End => From == 1 ? 0 : Steps;

    /// <inheritdoc/>
    public string Equation => $"{Curve.Text(From)}+(1−{Curve.Text(From)})·min(1, t/{Curve.Text(Steps)})";

    /// <inheritdoc/>
    public double At(long step)
    {
        var done = Curve.Done(step, Steps);
        return done + (From * (1 - done));
    }

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);
}
