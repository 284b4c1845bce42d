namespace OptCore;

/// <summary>
/// Keeps the norm of every unit i of the parameters between two bounds after every step:
/// <c>n = ‖p_i‖; p_i = p_i · (ρ·max(lo, min(hi, n)) + (1−ρ) n)/n</c>.
/// </summary>
/// <remarks>
/// A unit is to be the weights into one output. Where tensors are stored input first, <c>[in, …, out]</c> (Flax, Keras), norms are
/// taken over axis 0 for rank 2 and 3, over all axes but the last from rank 4 on; with <see cref="OutputFirst"/>, for
/// <c>[out, in, …]</c> (PyTorch, and the networks of this library), over all axes but the first. A tensor of rank ≤ 1 is one
/// unit. The exact identity where lo ≤ ‖p_i‖ ≤ hi, and with ρ = 0. With ρ = 1 the projection: afterwards
/// lo ≤ ‖p_i‖ ≤ hi up to the rounding of the number type. A unit that is 0 stays 0, also where lo > 0; one whose norm is not finite stays
/// as it is (see <c>skipNonFinite</c>). Norms neither over- nor underflow. Empty tensors are left alone. With lo > 0 the set is not convex.
/// <para>Equals Keras <c>MinMaxNorm(lo, hi, rate=ρ, axis=0)</c>, for kernels of rank 4 <c>axis=[0, 1, 2]</c>. Differs: Keras divides by
/// ‖p_i‖ + ε, so that its units end a little shorter and move inside, too.</para>
/// </remarks>
/// <param name="Low">lo, the smallest norm of a unit: 0 ≤ lo ≤ hi, finite.</param>
/// <param name="High">hi, the largest norm of a unit: hi > 0, hi ≥ lo, infinity allowed.</param>
/// <example><c>adam 0.001 |> minMaxNorm 0.5 2.0</c>, <c>adam 0.001 |> minMaxNormWith (MinMaxNorm(0.5, 2.0, Rate = 0.5))</c></example>
[Word("minMaxNorm")]
public sealed record MinMaxNorm(double Low, double High) : IFusedStage, IPlanCheck
{
    /// <summary>lo, the smallest norm of a unit: lo ≥ 0, finite.</summary>
    /// <remarks>Set with <c>with</c>, it is compared with hi when a plan is made: hi may be set next.</remarks>
    public double Low { get; init => field = Require.NonNegative(value, nameof(Low)); } = Require.NonNegative(Low, nameof(Low));

    /// <summary>hi, the largest norm of a unit: hi > 0, infinity allowed.</summary>
    /// <inheritdoc cref="Low"/>
    public double High { get; init => field = Require.Threshold(value, nameof(High)); } =
        CheckOrder(Low, Require.Threshold(High, nameof(High)));

    /// <summary>ρ, the share of the way to the bound that a step takes: 0 ≤ ρ ≤ 1.</summary>
    public double Rate { get; init => field = Require.Between(value, 0, 1, nameof(Rate)); } = 1;

    /// <summary>Whether the first axis of a tensor is the output, <c>[out, in, …]</c>. Default false.</summary>
    public bool OutputFirst { get; init; }

    Phase IStage.Phase => Phase.Constraint;

    string IStage.Equation =>
        (Rate == 1 ? "p_i = p_i · max(lo, min(hi, ‖p_i‖))/‖p_i‖" : "p_i = p_i · (ρ·max(lo, min(hi, ‖p_i‖))/‖p_i‖ + 1−ρ)")
            + " for each unit i";

    StageTraits IStage.Traits => Rate == 1 ? StageTraits.Limits : StageTraits.None;

    /// <summary>Checks that lo ≤ hi.</summary>
    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">lo > hi.</exception>
    public void CheckPlan(long elements) => CheckOrder(Low, High);

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) =>
        builder.ParameterTensors(new UnitLengths<T>(() => OutputFirst, Length).Apply);

    // Where ρ does not count, the norm or the bound itself: bit for bit.
    private double Length(double norm)
    {
        var bound = Math.Max(Low, Math.Min(High, norm));
        return bound == norm || Rate == 1 ? bound : (Rate * bound) + ((1 - Rate) * norm);
    }

    private static double CheckOrder(double low, double high) =>
        low <= high ? high : throw Require.Outside(nameof(High), high, FormattableString.Invariant($"at least Low = {low}"));
}
