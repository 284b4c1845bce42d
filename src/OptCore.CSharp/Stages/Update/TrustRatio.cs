namespace OptCore;

/// <summary>
/// Layer-wise adaptation: gives the update of every tensor i the length of the tensor,
/// <c>u_i = u_i · c‖p_i‖/(‖u_i‖+ε)</c>; the ratio is 1 where one of the norms is 0.
/// </summary>
/// <remarks>
/// The rate becomes the relative change of a tensor per step. The ratio is 1, too, where a norm is not finite. Norms
/// neither over- nor underflow; empty tensors have norm 0. Where a direction contains the rate the update is in parameter
/// units already.
/// <para>Source: You et al. 2020 (LAMB, algorithm 2, with φ the identity). Equals Optax <c>scale_by_trust_ratio</c>
/// with <c>min_norm = 0</c>.</para>
/// </remarks>
/// <example><c>adam 0.01 |> trustRatio</c>, <c>sgd 0.1 |> trustRatioWith (TrustRatio(Coefficient = 0.001))</c></example>
[Word("trustRatio")]
public sealed record TrustRatio : IFusedStage
{
    /// <summary>c, the length of an update relative to its tensor per unit of rate: c ≥ 0.</summary>
    public double Coefficient { get; init => field = Require.NonNegative(value, nameof(Coefficient)); } = 1;

    /// <summary>ε, added to the norm of the update: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); }

    Phase IStage.Phase => Phase.Update;
    string IStage.Equation =>
        $"u_i = u_i · c‖p_i‖/{(Epsilon == 0 ? "‖u_i‖" : "(‖u_i‖ + ε)")} for each tensor i (ratio 1 where a norm is 0)";
    StageTraits IStage.Traits => StageTraits.RestsAtZero;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var parameters = builder.TensorNorms(Measured.Parameters);
        var update = builder.TensorNorms(Measured.Update);
        builder.Multiply(new Rescale(builder.Read(() => Coefficient), builder.Read(() => Epsilon), update, parameters));
    }
}
