namespace OptCore;

/// <summary>Evaluates one part of what a step sees: the mean over its share of the samples.</summary>
/// <remarks>A pure function of the part, the step and the point: whoever evaluates it gets the same bits.</remarks>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="part">The number of the part, 0 ≤ part &lt; k.</param>
/// <param name="parameters">The point.</param>
/// <param name="gradient">Receives the part's gradient.</param>
/// <returns>The part's loss; NaN for none.</returns>
public delegate double PartGradient<T>(int part, ReadOnlySpan<T> parameters, Span<T> gradient)
    where T : unmanaged;
