namespace OptCore;

/// <summary>
/// DoWG, distance over weighted gradients: as DoG, with squared gradient norms weighted by the squared distances so far.
/// <code>
/// r = max(r, ‖p − p_0‖)  from Initial;  w = w + r²‖u‖²;  u = u · r²/(√w + ε)
/// </code>
/// </summary>
/// <remarks>
/// The rate is a factor of about 1. Norms are of all tensors in scope as one vector. Where √w + ε = 0 nothing moves. Slots:
/// <c>start</c> (p_0), <c>r</c>, <c>w</c>. A gradient that is not finite stays in w for ever (see <c>skipNonFinite</c>).
/// <para>Source: Khaled, Mishchenko &amp; Jin 2023, algorithm 1. Equals Optax <c>contrib.dowg</c>, whose <c>init_estim_sq_dist</c>
/// is Initial².</para>
/// </remarks>
/// <example><c>dowg 1.0</c>, <c>dowgWith (Dowg(Initial = 0.1)) 1.0</c></example>
[Word("dowg", Head = true)]
public sealed record Dowg : IFusedStage
{
    /// <summary>The first distance, in units of the parameters: ≥ 0; with 0 nothing ever moves.</summary>
    public double Initial { get; init => field = Require.NonNegative(value, nameof(Initial)); } = 0.01;

    /// <summary>ε, added to the root of the sum: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-4;

    Phase IStage.Phase => Phase.Direction;
    string IStage.Equation => "r = max(r, ‖p − p_0‖) from initial; w = w + r²‖u‖²; u = u r²/(√w + ε)";

    StageTraits IStage.Traits =>
        StageTraits.OwnRate | StageTraits.RestsAtZero | StageTraits.Rotations
        | (Epsilon == 0 ? StageTraits.ScaleFree : StageTraits.None);

    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Copy("start"), SlotSpec.Scalar("r", Initial), SlotSpec.Scalar("w")];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var (r, sum) = (builder.Scalar("r"), builder.Scalar("w"));
        var gradient = builder.Norm(Measured.Update);
        var moved = builder.Measure(Quantity.Distance(Measured.Parameters, Measured.Slot("start")));
        builder.Apply(new Multiply<V, T>(builder.Compute(step =>
        {
            step[r] = Math.Max(step[r], step[moved]);
            var square = step[r] * step[r];
            step[sum] += square * step[gradient] * step[gradient];
            var divisor = Math.Sqrt(step[sum]) + Epsilon;
            return divisor == 0 ? 0 : square / divisor;
        })));
    }
}
