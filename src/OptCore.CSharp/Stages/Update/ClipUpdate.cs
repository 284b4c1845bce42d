namespace OptCore;

/// <summary>
/// Clips the finished direction by one norm over all tensors in scope: <c>u · min(1, c/‖u‖)</c>. A step then moves p by at
/// most η_t c.
/// </summary>
/// <remarks>
/// <c>clip</c> behind the direction instead of before it: what enters momentum or Adam's averages is not clipped. Where the
/// direction contains the rate (<c>velocity</c>, <c>lars</c>, <c>rprop</c>) u is in parameter units, and the step moves p
/// by at most c. The exact identity where ‖u‖ ≤ c; a non-finite norm passes u unchanged (see <c>skipNonFinite</c>).
/// <para>Equals Optax <c>clip_by_global_norm</c> chained behind the direction.</para>
/// </remarks>
/// <param name="MaxNorm">c, the largest norm let through, in units of the direction: c > 0, infinity allowed.</param>
/// <example><c>adam 0.1 |> clipUpdate 0.5</c></example>
[Word("clipUpdate")]
public sealed record ClipUpdate(double MaxNorm) : IFusedStage, IBounded
{
    /// <summary>c, the largest norm let through: c > 0, infinity allowed.</summary>
    public double MaxNorm { get; init => field = Require.Threshold(value, nameof(MaxNorm)); } = Require.Threshold(MaxNorm, nameof(MaxNorm));

    Phase IStage.Phase => Phase.Update;
    string IStage.Equation => "u = u · min(1, c/‖u‖)";
    StageTraits IStage.Traits => StageTraits.Rotations | StageTraits.RestsAtZero | StageTraits.Limits;
    double IBounded.NormBound => MaxNorm;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) =>
        builder.Multiply(new Shrink(builder.Read(() => MaxNorm), builder.Norm(Measured.Update)));
}
