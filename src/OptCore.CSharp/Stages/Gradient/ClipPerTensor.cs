namespace OptCore;

/// <summary>Clips every tensor of the gradient by its own norm: <c>u_i · min(1, c/‖u_i‖)</c> for each tensor i.</summary>
/// <remarks>
/// The exact identity on a tensor with ‖u_i‖ ≤ c; no ε. The norms neither over- nor underflow; a tensor whose norm is not
/// finite passes unchanged (see <c>skipNonFinite</c>), the others do not notice. Empty tensors have norm 0.
/// <para>Equals Keras <c>clipnorm</c>; Optax has it as <c>clip_by_global_norm</c> under <c>partition</c>.
/// Differs: <c>clip</c> takes one norm over all tensors and keeps the direction of the whole gradient.</para>
/// </remarks>
/// <param name="MaxNorm">c, the largest norm of a tensor let through, in units of the gradient: c > 0, infinity allowed.</param>
/// <example><c>sgd 0.1 |> clipPerTensor 1.0</c></example>
[Word("clipPerTensor")]
public sealed record ClipPerTensor(double MaxNorm) : IFusedStage
{
    /// <summary>c, the largest norm of a tensor let through: c > 0, infinity allowed.</summary>
    public double MaxNorm { get; init => field = Require.Threshold(value, nameof(MaxNorm)); } = Require.Threshold(MaxNorm, nameof(MaxNorm));

    Phase IStage.Phase => Phase.Gradient;
    string IStage.Equation => "u_i = u_i · min(1, c/‖u_i‖) for each tensor i";
    StageTraits IStage.Traits => StageTraits.RestsAtZero | StageTraits.Limits;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) =>
        builder.Multiply(new Shrink(builder.Read(() => MaxNorm), builder.TensorNorms(Measured.Update)));
}
