namespace OptCore;

/// <summary>
/// A mean of many terms: f(p) = (1/n) Σ fᵢ(p), i = 0 … n − 1.
/// <see cref="IObjective.Evaluate(ReadOnlySpan{double}, Span{double})"/> is the mean over all terms, the overload with
/// a list the mean over the listed ones. <see cref="MiniBatches"/> draws such lists.
/// </summary>
/// <remarks>
/// A term that belongs to every sample (an L2 term, say) counts once in every mean, so that the mean of the means over
/// all batches of equal size is f.
/// </remarks>
public interface IFiniteSum : IObjective
{
    /// <summary>The number of terms n, ≥ 1.</summary>
    int Count { get; }

    /// <summary>
    /// The mean of the listed terms, (1/b) Σ fᵢ(p) over the b indices i of <paramref name="samples"/>, and its
    /// gradient.
    /// </summary>
    /// <param name="samples">The indices, each in 0 … <see cref="Count"/> − 1; at least one; a repeated index counts as
    /// often as it stands there.</param>
    /// <param name="parameters">The point, of length <see cref="IObjective.Dimension"/>.</param>
    /// <param name="gradient">Receives the gradient, of the same length; must not overlap the parameters.</param>
    /// <returns>The mean of the listed terms at the point.</returns>
    /// <exception cref="ArgumentException">A length is wrong, the spans overlap, no sample is listed, or an index is
    /// out of range.</exception>
    double Evaluate(ReadOnlySpan<int> samples, ReadOnlySpan<double> parameters, Span<double> gradient);
}
