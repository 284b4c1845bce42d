namespace OptCore;

/// <summary>
/// Refuses gradients that are too large: unless ‖g‖ ≤ c parameters and state stay bit-unchanged but for this stage's own counter, and t
/// does not advance. It never throws.
/// </summary>
/// <remarks>
/// It looks at the raw gradient of all tensors that are not frozen, behind <c>skipNonFinite</c> and before every other stage, wherever
/// it is declared; the norm is that of <c>clip</c>. A norm that is NaN is refused. The slot <c>skipped</c> counts all refusals; other
/// counters do not notice them, and a micro-gradient refused does not count in <c>accumulate</c>. <c>minimize</c> ends with
/// <c>Reason = LimitReached</c> when as many gradients in a row as the run has steps were refused.
/// <para>Equals Optax <c>MultiSteps(…, should_skip_update_fn=skip_large_updates(c²))</c>. Differs: Optax skips at ‖g‖ = c, too.</para>
/// </remarks>
/// <param name="MaxNorm">c, the largest norm of a gradient that is taken: c > 0, infinity allowed.</param>
/// <example><c>adam 0.001 |> skipLarge 100.0</c></example>
[Word("skipLarge")]
public sealed record SkipLarge(double MaxNorm) : ISizeGuard
{
    /// <summary>c, the largest norm of a gradient that is taken: c > 0, infinity allowed.</summary>
    public double MaxNorm { get; init => field = Require.Threshold(value, nameof(MaxNorm)); } = Require.Threshold(MaxNorm, nameof(MaxNorm));

    Phase IStage.Phase => Phase.Gradient;
    string IStage.Equation => "skip the step unless ‖g‖ ≤ c";
    StageTraits IStage.Traits => StageTraits.Single | StageTraits.Rotations | StageTraits.RestsAtZero;
    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Count("skipped")];
    string ISizeGuard.Counter => "skipped";
}
