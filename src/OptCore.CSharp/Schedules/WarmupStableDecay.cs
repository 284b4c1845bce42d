namespace OptCore;

/// <summary>
/// A warm-up, a plateau, a linear end: <c>min(1, (t+1)/n)</c>, then 1, then <c>(T−t)/d</c> over the last d updates, 0 from T on.
/// </summary>
/// <remarks>
/// The decay starts at t = T − d with the value 1. Source: Hu et al., MiniCPM, 2024 (there with an exponential end).
/// In Optax a <c>join_schedules</c> of three; no peer has it under a name.
/// The arguments depend on one another, so <c>with</c> cannot change one alone.
/// </remarks>
/// <param name="WarmupSteps">n ≥ 1, the updates of the warm-up.</param>
/// <param name="Steps">T &gt; n, the update from which on the value is 0.</param>
/// <param name="DecaySteps">1 ≤ d ≤ T − n, the updates of the decay.</param>
/// <example><code>adam 0.001 |> warmupStableDecay 100 1000 200</code></example>
[Word("warmupStableDecay")]
public sealed record WarmupStableDecay(int WarmupSteps, int Steps, int DecaySteps) : ISchedule
{
    /// <summary>The updates of the warm-up, n ≥ 1.</summary>
    public int WarmupSteps { get; } = Require.Count(WarmupSteps, nameof(WarmupSteps));

    /// <summary>The update from which on the value is 0, T &gt; n.</summary>
    public int Steps { get; } = Steps > WarmupSteps
        ? Steps
        : throw Require.Outside(nameof(Steps), Steps, $"WarmupSteps = {Curve.Text(WarmupSteps)} < value (the steps count the warm-up)");

    /// <summary>The updates of the decay, 1 ≤ d ≤ T − n.</summary>
    public int DecaySteps { get; } = DecaySteps >= 1 && DecaySteps <= Steps - WarmupSteps
        ? DecaySteps
        : throw Require.Outside(nameof(DecaySteps), DecaySteps, $"1 ≤ value ≤ Steps − WarmupSteps = {Curve.Text(Steps - WarmupSteps)}");

    /// <inheritdoc/>
    public long? End => Steps;

    /// <inheritdoc/>
    public string Equation =>
        $"t<{Curve.Text(WarmupSteps)}: (t+1)/{Curve.Text(WarmupSteps)}; t<{Curve.Text(Steps - DecaySteps)}: 1; "
        + $"then max(0, {Curve.Text(Steps)}−t)/{Curve.Text(DecaySteps)}";

    /// <inheritdoc/>
    public double At(long step) =>
        step < WarmupSteps ? Curve.Done(step + 1, WarmupSteps)
        : step < Steps - DecaySteps ? 1
        : Curve.Left(step - (Steps - DecaySteps), DecaySteps);

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);
}
