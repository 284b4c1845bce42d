namespace OptCore;

/// <summary>
/// DoG, distance over gradients: the step length is the largest distance from the start so far, divided by the root of the sum
/// of squared gradient norms.
/// <code>
/// r = max(r, ‖p − p_0‖)  from Initial·(1 + ‖p_0‖);  G = G + ‖u‖²;  u = u · r/√(G + ε)
/// </code>
/// </summary>
/// <remarks>
/// The rate is a factor of about 1. Norms are of all tensors in scope as one vector, with <see cref="PerTensor"/> each tensor has
/// its own r and G (LDoG). With <see cref="InitialRate"/> a > 0 r starts at 0 and the first factor is a. Meant with
/// <c>polynomialAverage 8</c>. Where G + ε = 0 nothing moves. Slots: <c>start</c> (p_0), <c>r</c> (−1 before the first update),
/// <c>G</c>. A gradient that is not finite stays in G for ever (see <c>skipNonFinite</c>).
/// <para>Source: Ivgi, Hinder &amp; Carmon 2023, algorithm 1. Equals the authors' <c>DoG</c> and <c>LDoG</c>, with InitialRate Optax
/// <c>contrib.dog(init_step=("learning_rate", a))</c>. Differs: the authors' decay is coupled, <c>l2</c>.</para>
/// </remarks>
/// <example><c>dog 1.0 |> polynomialAverage 8.0</c>, <c>dogWith (Dog(PerTensor = true)) 1.0</c></example>
[Word("dog", Head = true)]
public sealed record Dog : IFusedStage
{
    /// <summary>The first distance, relative to 1 + ‖p_0‖: > 0.</summary>
    public double Initial { get; init => field = Require.Positive(value, nameof(Initial)); } = 1e-6;

    /// <summary>ε, added to the sum of squared norms: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-8;

    /// <summary>a, the factor of the first gradient in place of the first distance: a ≥ 0, 0 for none.</summary>
    public double InitialRate { get; init => field = Require.NonNegative(value, nameof(InitialRate)); }

    /// <summary>Whether each tensor has its own distance and sum.</summary>
    public bool PerTensor { get; init; }

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        $"{(PerTensor ? "per tensor: " : string.Empty)}r = max(r, ‖p − p_0‖) from "
        + $"{(InitialRate > 0 ? "0" : "initial·(1 + ‖p_0‖)")}; G = G + ‖u‖²; u = u r/√(G + ε)"
        + (InitialRate > 0 ? " (first u = a u)" : string.Empty);

    StageTraits IStage.Traits =>
        StageTraits.OwnRate | StageTraits.RestsAtZero
        | (PerTensor ? StageTraits.None : StageTraits.Rotations)
        | (Epsilon == 0 && InitialRate == 0 ? StageTraits.ScaleFree : StageTraits.None);

    IReadOnlyList<SlotSpec> IStage.Slots => PerTensor
        ? [SlotSpec.Copy("start"), SlotSpec.PerTensor("r", -1), SlotSpec.PerTensor("G")]
        : [SlotSpec.Copy("start"), SlotSpec.Scalar("r", -1), SlotSpec.Scalar("G")];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var way = Quantity.Distance(Measured.Parameters, Measured.Slot("start"));
        var size = Quantity.Norm(Measured.Slot("start"));
        if (PerTensor)
        {
            var (r, sum) = (builder.PerTensor("r"), builder.PerTensor("G"));
            var gradient = builder.TensorNorms(Measured.Update);
            var (moved, start) = (builder.MeasureTensors(way), builder.MeasureTensors(size, step => step[r] < 0));
            builder.Apply(new Multiply<V, T>(builder.ComputeTensors(step =>
            {
                (step[r], step[sum], var factor) = Next(step[r], step[sum], step[gradient], step[moved], step[start]);
                return factor;
            })));
        }
        else
        {
            var (r, sum) = (builder.Scalar("r"), builder.Scalar("G"));
            var gradient = builder.Norm(Measured.Update);
            var (moved, start) = (builder.Measure(way), builder.Measure(size, step => step[r] < 0));
            builder.Apply(new Multiply<V, T>(builder.Compute(step =>
            {
                (step[r], step[sum], var factor) = Next(step[r], step[sum], step[gradient], step[moved], step[start]);
                return factor;
            })));
        }
    }

    // r is negative before the first update.
    private (double Distance, double Sum, double Factor) Next(double r, double sum, double gradient, double moved, double start)
    {
        var first = r < 0;
        r = first && InitialRate == 0 ? Initial * (1 + start) : r;
        r = Math.Max(Math.Max(r, moved), 0);
        sum += gradient * gradient;
        return (r, sum, first && InitialRate > 0 ? InitialRate : sum + Epsilon == 0 ? 0 : r / Math.Sqrt(sum + Epsilon));
    }
}
