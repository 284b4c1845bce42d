namespace OptCore;

/// <summary>
/// Refuses gradients with a NaN or an infinity: parameters and state stay bit-unchanged but for this stage's own counter,
/// and t does not advance. The n-th in a row makes the step throw.
/// </summary>
/// <remarks>
/// It looks at the raw gradient of all tensors that are not frozen, before every other stage, wherever it is declared. A
/// finite gradient sets the counter (slot <c>count</c>) back to 0. With n = 1 the first such gradient throws.
/// The step throws <see cref="NonFiniteGradientException"/>, which names the tensor and the index; the state handed in is
/// unchanged, and <c>minimize</c> ends with <c>Reason = NonFinite</c>.
/// <para>Differs: Optax <c>apply_if_finite(n)</c> lets the NaN through after n refusals; PyTorch and Keras skip only under
/// their loss scalers.</para>
/// </remarks>
/// <param name="MaxConsecutive">n, the number of such gradients in a row at which to give up: n ≥ 1.</param>
/// <example><c>adam 0.001 |> skipNonFinite 3</c></example>
[Word("skipNonFinite")]
public sealed record SkipNonFinite(int MaxConsecutive) : IGuard
{
    /// <summary>n, the number of non-finite gradients in a row at which to give up: n ≥ 1.</summary>
    public int MaxConsecutive { get; init => field = Require.Count(value, nameof(MaxConsecutive)); } =
        Require.Count(MaxConsecutive, nameof(MaxConsecutive));

    Phase IStage.Phase => Phase.Gradient;
    string IStage.Equation => "skip the step where g is not finite; throw at the n-th in a row";
    StageTraits IStage.Traits => StageTraits.Single | StageTraits.Linear | StageTraits.RestsAtZero;
    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Count("count")];
    string IGuard.Counter => "count";

    bool IGuard.Refuse(ref long count) => ++count < MaxConsecutive;
}
