namespace OptCore;

/// <summary>Projects the parameters onto a box after every step: <c>p = max(lo, min(hi, p))</c>, coordinate by coordinate.</summary>
/// <remarks>
/// Inside the box the exact identity. The bounds are rounded to the number type of the parameters. lo = hi fixes every
/// coordinate. ±∞ lands on a bound, NaN stays NaN (see <c>skipNonFinite</c>).
/// <para>Equals Optax <c>projection_box</c>, applied behind the step.</para>
/// </remarks>
/// <param name="Low">lo, the smallest value: lo ≤ hi, −∞ allowed.</param>
/// <param name="High">hi, the largest value: hi ≥ lo, +∞ allowed.</param>
/// <example><c>sgd 0.1 |> within 0.0 1.0</c></example>
[Word("within")]
public sealed record Box(double Low, double High) : IFusedStage, IPlanCheck
{
    /// <summary>lo, the smallest value: −∞ allowed.</summary>
    /// <remarks>Set with <c>with</c>, it is compared with hi when a plan is made: hi may be set next.</remarks>
    public double Low { get; init => field = CheckLow(value); } = CheckLow(Low);

    /// <summary>hi, the largest value: +∞ allowed.</summary>
    /// <inheritdoc cref="Low"/>
    public double High { get; init => field = CheckHigh(value); } = CheckOrder(Low, CheckHigh(High));

    Phase IStage.Phase => Phase.Constraint;
    string IStage.Equation => "p = max(lo, min(hi, p))";
    StageTraits IStage.Traits => StageTraits.Elementwise | StageTraits.Limits;

    /// <summary>Checks that lo ≤ hi.</summary>
    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">lo > hi.</exception>
    public void CheckPlan(long elements) => CheckOrder(Low, High);

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) =>
        builder.Apply(new Confine<V, T>(builder.Read(() => Low), builder.Read(() => High)));

    private static double CheckLow(double low) =>
        low < double.PositiveInfinity ? low : throw Require.Outside(nameof(Low), low, "value < infinity (-infinity allowed)");

    private static double CheckHigh(double high) =>
        high > double.NegativeInfinity ? high : throw Require.Outside(nameof(High), high, "value > -infinity (infinity allowed)");

    private static double CheckOrder(double low, double high) =>
        low <= high ? high : throw Require.Outside(nameof(High), high, FormattableString.Invariant($"at least Low = {low}"));
}
