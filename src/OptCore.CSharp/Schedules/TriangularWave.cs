namespace OptCore;

/// <summary>
/// A zigzag between a and 1: <c>s(t) = 1 − (1−a)·|t mod 2n − n|/n</c>, so a at t = 0, 1 at t = n, a at t = 2n.
/// </summary>
/// <remarks>
/// Has no end. Source: Smith, 2017 (cyclical learning rates). Equals PyTorch <c>CyclicLR</c> in the mode
/// <c>triangular</c> with base_lr = a·lr, max_lr = lr, step_size_up = n, without its cycling momentum.
/// </remarks>
/// <param name="HalfPeriod">n ≥ 1, the updates from the lowest to the highest value.</param>
/// <param name="Low">0 ≤ a ≤ 1, the lowest value.</param>
/// <example><code>sgd 0.1 |> triangular 8 0.2</code></example>
[Word("triangular")]
public sealed record TriangularWave(int HalfPeriod, double Low) : ISchedule
{
    /// <summary>The updates from the lowest to the highest value, n ≥ 1.</summary>
    public int HalfPeriod { get; init => field = Require.Count(value, nameof(HalfPeriod)); } =
        Require.Count(HalfPeriod, nameof(HalfPeriod));

    /// <summary>The lowest value, 0 ≤ a ≤ 1.</summary>
    public double Low { get; init => field = Require.Between(value, 0, 1, nameof(Low)); } = Require.Between(Low, 0, 1, nameof(Low));

    /// <inheritdoc/>
    public long? End => Low == 1 ? 0 : null;

    /// <inheritdoc/>
    public Recurrence? Recurrence => new(0, Low == 1 ? 1 : 2L * HalfPeriod);

    /// <inheritdoc/>
    public string Equation =>
        $"1−(1−{Curve.Text(Low)})·|t mod {Curve.Text(2L * HalfPeriod)} − {Curve.Text(HalfPeriod)}|/{Curve.Text(HalfPeriod)}";

    /// <inheritdoc/>
    public double At(long step)
    {
        var off = Math.Abs((step % (2L * HalfPeriod)) - HalfPeriod);
        var high = Curve.Left(off, HalfPeriod);
        return high + (Low * (1 - high));
    }

    /// <inheritdoc/>
    public override string ToString() => ScheduleText.Of(this);
}
