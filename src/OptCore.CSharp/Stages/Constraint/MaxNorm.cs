namespace OptCore;

/// <summary>
/// Limits the norm of every unit i of the parameters after every step: <c>p_i = p_i · min(1, r/‖p_i‖)</c>, the projection onto a ball for
/// each unit.
/// </summary>
/// <remarks>
/// A unit is to be the weights into one output. Where tensors are stored input first, <c>[in, …, out]</c> (Flax, Keras), norms are
/// taken over axis 0 for rank 2 and 3, over all axes but the last from rank 4 on; with <see cref="OutputFirst"/>, for
/// <c>[out, in, …]</c> (PyTorch, and the networks of this library), over all axes but the first. A tensor of rank ≤ 1 is one
/// unit. The exact identity where ‖p_i‖ ≤ r; afterwards ‖p_i‖ ≤ r up to the rounding of the number type. Norms
/// neither over- nor underflow; a unit whose norm is not finite stays as it is (see <c>skipNonFinite</c>). Empty tensors are left alone.
/// <para>Source: Srivastava, Hinton, Krizhevsky, Sutskever &amp; Salakhutdinov 2014 (max-norm regularization). Equals Keras
/// <c>MaxNorm(r, axis=0)</c>, for kernels of rank 4 <c>axis=[0, 1, 2]</c>. Differs: Keras divides by ‖p_i‖ + ε, so that its units end a
/// little shorter and move inside, too.</para>
/// </remarks>
/// <param name="Radius">r, the largest norm of a unit, in units of the parameters: r > 0, infinity allowed.</param>
/// <example><c>adam 0.001 |> maxNorm 2.0</c>, <c>adam 0.001 |> maxNormWith (MaxNorm(2.0, OutputFirst = true))</c></example>
[Word("maxNorm")]
public sealed record MaxNorm(double Radius) : IFusedStage
{
    /// <summary>r, the largest norm of a unit: r > 0, infinity allowed.</summary>
    public double Radius { get; init => field = Require.Threshold(value, nameof(Radius)); } = Require.Threshold(Radius, nameof(Radius));

    /// <summary>Whether the first axis of a tensor is the output, <c>[out, in, …]</c>. Default false.</summary>
    public bool OutputFirst { get; init; }

    Phase IStage.Phase => Phase.Constraint;
    string IStage.Equation => "p_i = p_i · min(1, r/‖p_i‖) for each unit i";
    StageTraits IStage.Traits => StageTraits.Limits;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) =>
        builder.ParameterTensors(new UnitLengths<T>(() => OutputFirst, norm => Math.Min(norm, Radius)).Apply);
}
