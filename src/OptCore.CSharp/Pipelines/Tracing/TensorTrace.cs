namespace OptCore;

/// <summary>What a stage has made of one tensor. The vector is u up to the step, from there on what is taken away, p_t − p.</summary>
/// <param name="Tensor">The tensor's name.</param>
/// <param name="Norm">Its Euclidean norm; NaN or ∞ where an element is.</param>
/// <param name="Cosine">⟨x, g⟩/(‖x‖‖g‖) with the tensor's raw gradient g; NaN where one of the norms is 0 or not finite.</param>
/// <param name="Largest">The largest magnitude of an element; NaN where one is, 0 without elements.</param>
/// <param name="NonFinite">The index of the first element that is not finite, row-major within the tensor; −1 where all are.</param>
/// <param name="Changed">Whether the stage has changed a bit of the vector.</param>
public sealed record TensorTrace(string Tensor, double Norm, double Cosine, double Largest, int NonFinite, bool Changed);
