namespace OptCore;

/// <summary>The step size of the O(1/√k) theory: <c>s(t) = 1/√(t+1)</c>.</summary>
/// <remarks>
/// Has no end; s(4k−1) = ½·s(k−1). Source: Zinkevich, 2003 (online gradient descent). No peer has it under a name;
/// the Noam schedule of Burn, <c>min((t+1)/n, √(n/(t+1)))</c>, is
/// <c>Schedule.warmup n |> Schedule.times (Schedule.inverseSqrt |> Schedule.scaleBy √n |> Schedule.atMost 1.0)</c>; joined by
/// <c>andThen</c> it would count anew behind the warm-up, and fall to half within three updates.
/// </remarks>
/// <example><code>sgd 0.1 |> inverseSqrt</code></example>
[Word("inverseSqrt")]
public sealed record InverseSqrt() : ISchedule
{
    /// <inheritdoc/>
    public string Equation => "1/√(t+1)";

    /// <inheritdoc/>
    public double At(long step) => 1 / Math.Sqrt((double)step + 1);

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);
}
