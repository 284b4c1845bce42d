namespace OptCore;

/// <summary>An objective that knows its Hessian's products with vectors, exactly: <c>sophia</c> asks for them.</summary>
/// <remarks>Others are asked for two gradients instead, whose difference is a product up to its third derivatives.</remarks>
public interface IHessianProduct : IObjective
{
    /// <summary>The product H(p) v of the Hessian that update number <paramref name="step"/> sees.</summary>
    /// <param name="step">The number that <see cref="IObjective.Evaluate(long, ReadOnlySpan{double}, Span{double})"/> is told.</param>
    /// <param name="parameters">p, of length <see cref="IObjective.Dimension"/>.</param>
    /// <param name="vector">v, of the same length.</param>
    /// <param name="product">Receives H v; must not overlap the others.</param>
    /// <exception cref="ArgumentException">A length differs from <see cref="IObjective.Dimension"/>.</exception>
    void HessianProduct(long step, ReadOnlySpan<double> parameters, ReadOnlySpan<double> vector, Span<double> product);
}
