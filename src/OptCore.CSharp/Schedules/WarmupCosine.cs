namespace OptCore;

/// <summary>
/// A warm-up and then half a cosine wave: <c>(t+1)/n</c> for t &lt; n, then <c>½(1 + cos(π·(t−n)/(T−n)))</c>.
/// </summary>
/// <remarks>
/// T counts the warm-up; 0 from T on. The same as <c>Schedule.warmup n |> Schedule.andThen n (Schedule.cosine (T−n))</c>.
/// Differs: Optax <c>warmup_cosine_decay_schedule</c>, which counts T alike, starts at a value of its own and reaches 1 one
/// update later (<c>warmupFrom</c>); Keras <c>CosineDecay</c> counts T without the warm-up.
/// The arguments depend on one another, so <c>with</c> cannot change one alone.
/// </remarks>
/// <param name="WarmupSteps">n ≥ 1, the updates of the warm-up.</param>
/// <param name="Steps">T &gt; n, the update from which on the value is 0.</param>
/// <example><code>adam 0.001 |> warmupCosine 100 1000</code></example>
[Word("warmupCosine")]
public sealed record WarmupCosine(int WarmupSteps, int Steps) : ISchedule
{
    /// <summary>The updates of the warm-up, n ≥ 1.</summary>
    public int WarmupSteps { get; } = Require.Count(WarmupSteps, nameof(WarmupSteps));

    /// <summary>The update from which on the value is 0, T &gt; n.</summary>
    public int Steps { get; } = Steps > WarmupSteps
        ? Steps
        : throw Require.Outside(nameof(Steps), Steps, $"WarmupSteps = {Curve.Text(WarmupSteps)} < value (the steps count the warm-up)");

    /// <inheritdoc/>
    public long? End => Steps;

    /// <inheritdoc/>
    public string Equation =>
        $"t<{Curve.Text(WarmupSteps)}: (t+1)/{Curve.Text(WarmupSteps)}; "
        + $"then ½(1+cos(π·(min(t,{Curve.Text(Steps)})−{Curve.Text(WarmupSteps)})/{Curve.Text(Steps - WarmupSteps)}))";

    /// <inheritdoc/>
    public double At(long step) =>
        step < WarmupSteps
            ? Curve.Done(step + 1, WarmupSteps)
            : Curve.HalfCosine(Curve.Left(step - WarmupSteps, Steps - WarmupSteps));

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);
}
