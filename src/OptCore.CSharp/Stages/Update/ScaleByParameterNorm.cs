namespace OptCore;

/// <summary>
/// Multiplies the update of every tensor by the tensor's Euclidean norm: <c>u_i · max(‖p_i‖, Minimum)</c> for each tensor i.
/// </summary>
/// <remarks>
/// A step then changes a tensor by a part of its size: the rate is relative. Minimum lets a tensor that starts at 0 move. Norms neither
/// over- nor underflow; where the norm is not finite the tensor's update passes unchanged. Unlike <c>trustRatio</c> the
/// length of the update stays in it.
/// <para>Source: Shazeer &amp; Stern 2018, section 8, relative step sizes. Equals Optax <c>scale_by_param_block_norm</c>.</para>
/// </remarks>
/// <example>
/// <c>adam 0.01 |> scaleByParameterNorm</c>,
/// <c>adam 0.01 |> scaleByParameterNormWith (ScaleByParameterNorm(Minimum = 0.1))</c>
/// </example>
[Word("scaleByParameterNorm")]
public sealed record ScaleByParameterNorm : IFusedStage
{
    /// <summary>The least factor, in units of the parameters: ≥ 0.</summary>
    public double Minimum { get; init => field = Require.NonNegative(value, nameof(Minimum)); } = 1e-3;

    Phase IStage.Phase => Phase.Update;
    string IStage.Equation => "u_i = u_i · max(‖p_i‖, Minimum) for each tensor i";
    StageTraits IStage.Traits => StageTraits.RestsAtZero;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) =>
        builder.Multiply(new Lengthen(builder.Read(() => Minimum), builder.TensorNorms(Measured.Parameters)));
}
