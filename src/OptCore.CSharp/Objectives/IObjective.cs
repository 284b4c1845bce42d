namespace OptCore;

/// <summary>A differentiable function of a flat parameter vector: what an optimizer minimises.</summary>
/// <remarks>
/// An objective is pure: the same arguments give the same bits. It may carry what is known about it
/// (<see cref="Minimum"/>, <see cref="Minimizer"/>, <see cref="Smoothness"/>, <see cref="Convexity"/>); null means
/// unknown. Warnings and theorems use these facts, optimizers never do.
/// </remarks>
public interface IObjective
{
    /// <summary>The number of parameters.</summary>
    int Dimension { get; }

    /// <summary>A short name for reports and charts; the type's name unless the objective says otherwise.</summary>
    string Name => GetType().Name;

    /// <summary>The smallest value f*, where known.</summary>
    double? Minimum => null;

    /// <summary>
    /// A point of length <see cref="Dimension"/> at which the minimum is attained, where known (one of them, if there
    /// are several).
    /// </summary>
    IReadOnlyList<double>? Minimizer => null;

    /// <summary>
    /// A constant L ≥ 0 with ‖∇f(x) − ∇f(y)‖ ≤ L‖x − y‖ for all x, y, where known; an upper bound unless the objective
    /// says that it is exact.
    /// </summary>
    double? Smoothness => null;

    /// <summary>
    /// A constant m ≥ 0 such that f(x) − (m/2)‖x‖² is convex, where known; 0 says convex. A lower bound unless the
    /// objective says that it is exact.
    /// </summary>
    double? Convexity => null;

    /// <summary>
    /// Whether <see cref="Evaluate(long, ReadOnlySpan{double}, Span{double})"/> depends on the step (mini-batches): line searches, which
    /// compare values, refuse such objectives. False unless the objective says otherwise.
    /// </summary>
    bool IsStochastic => false;

    /// <summary>
    /// The value at <paramref name="parameters"/>; writes the gradient there into <paramref name="gradient"/>.
    /// </summary>
    /// <param name="parameters">The point, of length <see cref="Dimension"/>.</param>
    /// <param name="gradient">Receives the gradient, of length <see cref="Dimension"/>; must not overlap the
    /// parameters.</param>
    /// <returns>The value of the objective at the point.</returns>
    /// <exception cref="ArgumentException">A length differs from <see cref="Dimension"/>, or the two spans
    /// overlap.</exception>
    double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient);

    /// <summary>
    /// The value and gradient that update number <paramref name="step"/> sees. Objectives that are the same at every
    /// step ignore the step; those that are not (mini-batches) are a pure function of it: two gradients within one
    /// step, and a resumed run, see the same function.
    /// </summary>
    /// <param name="step">The number of updates already applied, ≥ 0.</param>
    /// <param name="parameters">The point, of length <see cref="Dimension"/>.</param>
    /// <param name="gradient">Receives the gradient, of length <see cref="Dimension"/>; must not overlap the
    /// parameters.</param>
    /// <returns>The value at the point, as this step sees it.</returns>
    /// <exception cref="ArgumentException">A length differs from <see cref="Dimension"/>, the two spans overlap, or the
    /// step is negative and matters.</exception>
    double Evaluate(long step, ReadOnlySpan<double> parameters, Span<double> gradient) =>
        Evaluate(parameters, gradient);
}
