namespace OptCore;

/// <summary>
/// Clips the gradient by one norm over all tensors in scope: <c>u · min(1, c/‖u‖)</c>, the projection onto the ball of
/// radius c.
/// </summary>
/// <remarks>
/// The exact identity where ‖u‖ ≤ c; no ε. The norm neither over- nor underflows and is the same for every thread count.
/// A non-finite norm passes u unchanged (see <c>skipNonFinite</c>). Frozen tensors do not count.
/// <para>Source: Pascanu, Mikolov &amp; Bengio 2013. Equals Optax <c>clip_by_global_norm</c>.
/// Differs: PyTorch divides by ‖u‖ + 1e-6; Keras' <c>clipnorm</c> is <c>clipPerTensor</c>.</para>
/// </remarks>
/// <param name="MaxNorm">c, the largest norm let through, in units of the gradient: c > 0, infinity allowed.</param>
/// <example><c>sgd 0.1 |> clip 1.0</c></example>
[Word("clip")]
public sealed record ClipGlobalNorm(double MaxNorm) : IFusedStage, IBounded
{
    /// <summary>c, the largest norm let through: c > 0, infinity allowed.</summary>
    public double MaxNorm { get; init => field = Require.Threshold(value, nameof(MaxNorm)); } = Require.Threshold(MaxNorm, nameof(MaxNorm));

    Phase IStage.Phase => Phase.Gradient;
    string IStage.Equation => "u = u · min(1, c/‖u‖)";
    StageTraits IStage.Traits => StageTraits.Rotations | StageTraits.RestsAtZero | StageTraits.Limits;
    double IBounded.NormBound => MaxNorm;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) =>
        builder.Multiply(new Shrink(builder.Read(() => MaxNorm), builder.Norm(Measured.Update)));
}
