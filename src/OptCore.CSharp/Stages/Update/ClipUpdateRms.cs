namespace OptCore;

/// <summary>
/// Clips every tensor of the finished direction by the root mean square of its elements: <c>u_i / max(1, RMS(u_i)/d)</c> for each
/// tensor i.
/// </summary>
/// <remarks>
/// <c>clipBlockRms</c> behind the direction instead of before it. A step then moves the coordinates of a tensor by η_t d in the root
/// mean square; where the direction contains the rate u is in parameter units, and they move by d. The exact identity where
/// RMS(u_i) ≤ d; a tensor whose root mean square is not finite passes unchanged.
/// <para>Source: Shazeer &amp; Stern 2018, section 6, update clipping. Equals Optax <c>clip_by_block_rms</c> chained behind the
/// direction.</para>
/// </remarks>
/// <param name="MaxRms">d, the largest root mean square let through, in units of the direction: d > 0, infinity allowed.</param>
/// <example><c>adam 0.1 |> clipUpdateRms 1.0</c></example>
[Word("clipUpdateRms")]
public sealed record ClipUpdateRms(double MaxRms) : IFusedStage
{
    /// <summary>d, the largest root mean square let through: d > 0, infinity allowed.</summary>
    public double MaxRms { get; init => field = Require.Threshold(value, nameof(MaxRms)); } = Require.Threshold(MaxRms, nameof(MaxRms));

    Phase IStage.Phase => Phase.Update;
    string IStage.Equation => "u_i = u_i/max(1, RMS(u_i)/d) for each tensor i";
    StageTraits IStage.Traits => StageTraits.RestsAtZero | StageTraits.Limits;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) =>
        builder.Multiply(
            new Shrink(builder.Read(() => MaxRms), builder.MeasureTensors(Quantity.RootMeanSquare(Measured.Update))));
}
