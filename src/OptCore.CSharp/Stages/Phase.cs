namespace OptCore;

/// <summary>
/// When a stage runs within one step. The order of the members is the order of execution; stages of one phase run in the
/// order of their declaration.
/// </summary>
public enum Phase
{
    /// <summary>Chooses the point at which the gradient is evaluated (default: the parameters).</summary>
    Probe = 1,

    /// <summary>Conditions the raw gradient: <c>u ← g</c>, then clip, centralize, noise, accumulate.</summary>
    Gradient = 2,

    /// <summary>Adds the gradient of a penalty to <c>u</c>.</summary>
    Regularization = 3,

    /// <summary>Turns <c>u</c> into a direction: momentum, Adam, sign.</summary>
    Direction = 4,

    /// <summary>Acts on the finished direction: decoupled decay, trust ratio, clipping of the update.</summary>
    Update = 5,

    /// <summary>Sets the step size: <c>p ← p − η_t ⊙ u</c> and what adapts η_t to the loss.</summary>
    Step = 6,

    /// <summary>Projects <c>p</c> or applies a proximal operator to it.</summary>
    Constraint = 7,

    /// <summary>Keeps averages and slow copies of <c>p</c>.</summary>
    Iterate = 8,
}
