namespace OptCore;

/// <summary>What stood behind one stage of a step.</summary>
/// <param name="Stage">The stage's name in the plan (<c>adam</c>, <c>momentum#2</c>); <c>gradient</c> for the raw gradient, <c>step</c> for
/// the descent itself.</param>
/// <param name="Phase">Its phase.</param>
/// <param name="Limits">Whether the stage is one that limits: a clip or a constraint.</param>
/// <param name="Norm">‖x‖ over its scope: of u up to the step, from there on of p_t − p.</param>
/// <param name="Cosine">The cosine to the raw gradient over its scope; NaN where a norm is 0 or not finite.</param>
/// <param name="Largest">The largest magnitude of an element over its scope.</param>
/// <param name="Tensors">The tensors of its scope that have a gradient, one by one.</param>
public sealed record StageTrace(
    string Stage, Phase Phase, bool Limits, double Norm, double Cosine, double Largest, IReadOnlyList<TensorTrace> Tensors)
{
    /// <summary>Whether the stage has changed a bit of the vector.</summary>
    public bool Changed => Tensors.Any(tensor => tensor.Changed);

    /// <summary>Whether a clip or a constraint has acted; false for every other stage.</summary>
    public bool Clipped => Limits && Changed;

    /// <summary>
    /// The share of elements, over its scope, that have the sign of the raw gradient's, neither being 0: what a cautious update would keep.
    /// </summary>
    public double Alignment => Share(tensor => tensor.Agreeing);

    /// <summary>
    /// The share of elements, over its scope, that a limit has left alone: behind a clip or a constraint those whose bits stayed, behind a
    /// direction that promises a bound of every |u_i| those below it (the win rate of <c>sophia</c>). NaN for every other stage.
    /// </summary>
    public double WinRate => Tensors.All(tensor => tensor.Free is null) ? double.NaN : Share(tensor => tensor.Free ?? 0);

    /// <summary>The first value that is not finite behind the stage; null where all are.</summary>
    public NonFiniteValue? NonFinite =>
        Tensors.FirstOrDefault(tensor => tensor.NonFinite >= 0) is { } found ? new(Stage, found.Tensor, found.NonFinite) : null;

    /// <inheritdoc/>
    public bool Equals(StageTrace? other) =>
        other is not null
        && (Stage, Phase, Limits) == (other.Stage, other.Phase, other.Limits)
        && (Norm.Equals(other.Norm), Cosine.Equals(other.Cosine), Largest.Equals(other.Largest)) == (true, true, true)
        && Tensors.SequenceEqual(other.Tensors);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Stage, Norm, Cosine, Largest);

    private double Share(Func<TensorTrace, long> count) => (double)Tensors.Sum(count) / Tensors.Sum(tensor => (long)tensor.Length);
}
