namespace OptCore;

/// <summary>
/// Clips every tensor of the gradient by the root mean square of its elements: <c>u_i / max(1, RMS(u_i)/d)</c> for each tensor i.
/// </summary>
/// <remarks>
/// The exact identity on a tensor with RMS(u_i) ≤ d. A tensor of n elements is clipped as by <c>clipPerTensor (d√n)</c>: large tensors
/// may be longer. The root mean square neither over- nor underflows; where it is not finite the tensor passes unchanged, as empty ones do.
/// <para>Source: Shazeer &amp; Stern 2018, section 6. Equals Optax <c>clip_by_block_rms</c>.</para>
/// </remarks>
/// <param name="MaxRms">d, the largest root mean square let through, in units of the gradient: d > 0, infinity allowed.</param>
/// <example><c>sgd 0.1 |> clipBlockRms 0.5</c></example>
[Word("clipBlockRms")]
public sealed record ClipBlockRms(double MaxRms) : IFusedStage
{
    /// <summary>d, the largest root mean square let through: d > 0, infinity allowed.</summary>
    public double MaxRms { get; init => field = Require.Threshold(value, nameof(MaxRms)); } = Require.Threshold(MaxRms, nameof(MaxRms));

    Phase IStage.Phase => Phase.Gradient;
    string IStage.Equation => "u_i = u_i/max(1, RMS(u_i)/d) for each tensor i";
    StageTraits IStage.Traits => StageTraits.RestsAtZero | StageTraits.Limits;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) =>
        builder.Multiply(
            new Shrink(builder.Read(() => MaxRms), builder.MeasureTensors(Quantity.RootMeanSquare(Measured.Update))));
}
