namespace OptCore;

/// <summary>What a stage has made of one tensor. The vector is u up to the step, from there on what is taken away, p_t − p.</summary>
/// <param name="Tensor">The tensor's name.</param>
/// <param name="Norm">Its Euclidean norm; NaN or ∞ where an element is.</param>
/// <param name="Cosine">⟨x, g⟩/(‖x‖‖g‖) with the tensor's raw gradient g; NaN where one of the norms is 0 or not finite.</param>
/// <param name="Largest">The largest magnitude of an element; NaN where one is, 0 without elements.</param>
/// <param name="NonFinite">The index of the first element that is not finite, row-major within the tensor; −1 where all are.</param>
/// <param name="Changed">Whether the stage has changed a bit of the vector.</param>
public sealed record TensorTrace(string Tensor, double Norm, double Cosine, double Largest, int NonFinite, bool Changed)
{
    /// <summary>The number of its elements.</summary>
    public int Length { get; init; }

    /// <summary>How many elements have the sign of the raw gradient's, neither being 0: those that a cautious update would keep.</summary>
    public int Agreeing { get; init; }

    /// <summary>
    /// How many elements a limit has left alone: behind a clip or a constraint those whose bits stayed, behind a direction that promises a
    /// bound of every |u_i| (<c>sophia</c>) those below it; null for every other stage.
    /// </summary>
    public int? Free { get; init; }

    /// <summary><see cref="Agreeing"/> as a share of all elements; NaN without elements.</summary>
    public double Alignment => (double)Agreeing / Length;

    /// <summary><see cref="Free"/> as a share of all elements; NaN for a stage that does not limit.</summary>
    public double WinRate => Free is { } free ? (double)free / Length : double.NaN;
}
