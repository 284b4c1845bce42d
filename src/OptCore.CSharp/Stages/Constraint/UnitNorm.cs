namespace OptCore;

/// <summary>
/// Keeps the norm of every unit i of the parameters at 1: <c>p_i = p_i/‖p_i‖</c> after every step, the projection onto a sphere for each
/// unit.
/// </summary>
/// <remarks>
/// A unit is to be the weights into one output. Where tensors are stored input first, <c>[in, …, out]</c> (Flax, Keras), norms are
/// taken over axis 0 for rank 2 and 3, over all axes but the last from rank 4 on; with <see cref="OutputFirst"/>, for
/// <c>[out, in, …]</c> (PyTorch, and the networks of this library), over all axes but the first. A tensor of rank ≤ 1 is one
/// unit. Afterwards ‖p_i‖ = 1 up to the rounding of the number type. A unit that is 0 stays 0, as every point of the
/// sphere is as near; one whose norm is not finite stays as it is (see <c>skipNonFinite</c>). Norms neither over- nor underflow.
/// Empty tensors are left alone. The set is not convex: theorems about projections onto convex sets do not hold.
/// <para>Equals Keras <c>UnitNorm(axis=0)</c>, for kernels of rank 4 <c>axis=[0, 1, 2]</c>. Differs: Keras divides by ‖p_i‖ + ε, so that
/// its units end a little shorter than 1.</para>
/// </remarks>
/// <example><c>adam 0.001 |> unitNorm</c>, <c>adam 0.001 |> unitNormWith (UnitNorm(OutputFirst = true))</c></example>
[Word("unitNorm")]
public sealed record UnitNorm : IFusedStage
{
    /// <summary>Whether the first axis of a tensor is the output, <c>[out, in, …]</c>. Default false.</summary>
    public bool OutputFirst { get; init; }

    Phase IStage.Phase => Phase.Constraint;
    string IStage.Equation => "p_i = p_i/‖p_i‖ for each unit i";
    StageTraits IStage.Traits => StageTraits.Limits;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) =>
        builder.ParameterTensors(new UnitLengths<T>(() => OutputFirst, _ => 1).Apply);
}
