namespace OptCore;

/// <summary>Normalizes the gradient: <c>u = u/(‖u‖+ε)</c>, one norm over all tensors in scope.</summary>
/// <remarks>
/// What follows sees a dimensionless direction of length just below 1, so that the rate is a length per step. A zero
/// gradient stays zero, whatever ε; a gradient whose norm is not finite passes unchanged (see <c>skipNonFinite</c>). The
/// norm neither over- nor underflows. Frozen tensors do not count.
/// <para>Source: Nesterov 2004, section 3.2.3 (normalized gradients); Cortés 2006. Equals Optax
/// <c>normalize_by_update_norm</c>. Differs: <c>optax.contrib.normalize</c> has no ε and gives NaN for a zero gradient.</para>
/// </remarks>
/// <example><c>sgd 0.1 |> normalize</c>, <c>sgd 0.1 |> normalizeWith (Normalize(Epsilon = 0.0))</c></example>
[Word("normalize")]
public sealed record Normalize : IFusedStage, IBounded
{
    /// <summary>ε, added to the norm, in units of the gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-6;

    Phase IStage.Phase => Phase.Gradient;
    string IStage.Equation => Epsilon == 0 ? "u = u/‖u‖" : "u = u/(‖u‖ + ε)";

    StageTraits IStage.Traits =>
        StageTraits.Rotations | StageTraits.RestsAtZero | (Epsilon == 0 ? StageTraits.ScaleFree : StageTraits.None);

    double IBounded.NormBound => 1;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) =>
        builder.Multiply(new Rescale(builder.Read(() => 1), builder.Read(() => Epsilon), builder.Norm(Measured.Update)));
}
