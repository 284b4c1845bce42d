namespace OptCore;

/// <summary>Clips the gradient by one p-norm over all tensors in scope: <c>u · min(1, c/‖u‖_p)</c>.</summary>
/// <remarks>
/// The exact identity where ‖u‖_p ≤ c; no ε. The norm neither over- nor underflows and is the same for every thread count. p = 2 is
/// <c>clip</c>, bit for bit; p = ∞ bounds every coordinate and keeps the direction, which <c>clipValue</c> does not. A non-finite norm
/// passes u unchanged (see <c>skipNonFinite</c>). Frozen tensors do not count.
/// <para>Source: Pascanu, Mikolov &amp; Bengio 2013, with other norms. Equals PyTorch <c>clip_grad_norm_(norm_type=p)</c> but for the
/// 1e-6 that it adds to the norm.</para>
/// </remarks>
/// <param name="Order">p, the order of the norm: p ≥ 1, infinity allowed.</param>
/// <param name="MaxNorm">c, the largest norm let through, in units of the gradient: c > 0, infinity allowed.</param>
/// <example><c>sgd 0.1 |> clipNorm 1.0 2.0</c>, <c>sgd 0.1 |> clipNorm infinity 0.5</c></example>
[Word("clipNorm")]
public sealed record ClipNorm(double Order, double MaxNorm) : IFusedStage, IBounded
{
    /// <summary>p, the order of the norm: p ≥ 1, infinity allowed.</summary>
    public double Order { get; init => field = Require.Order(value, nameof(Order)); } = Require.Order(Order, nameof(Order));

    /// <summary>c, the largest norm let through: c > 0, infinity allowed.</summary>
    public double MaxNorm { get; init => field = Require.Threshold(value, nameof(MaxNorm)); } = Require.Threshold(MaxNorm, nameof(MaxNorm));

    Phase IStage.Phase => Phase.Gradient;
    string IStage.Equation => FormattableString.Invariant($"u = u · min(1, c/‖u‖_{(double.IsInfinity(Order) ? "∞" : Order)})");
    StageTraits IStage.Traits => StageTraits.RestsAtZero | StageTraits.Limits | (Order == 2 ? StageTraits.Rotations : StageTraits.None);

    /// <inheritdoc/>
    /// <remarks>Norms fall with their order.</remarks>
    double IBounded.NormBound => Order <= 2 ? MaxNorm : double.PositiveInfinity;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var norm = builder.FollowsSchedules
            ? Quantity.Norm(Measured.Update, builder.Read(() => Order))
            : Quantity.Norm(Measured.Update, Order);
        builder.Multiply(new Shrink(builder.Read(() => MaxNorm), builder.Measure(norm)));
    }
}
