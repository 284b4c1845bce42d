namespace OptCore;

/// <summary>
/// An objective that computes in <typeparamref name="T"/>, too: plans of T ask it for gradients of T. Others compute in double for
/// plans of any type; the point is widened, which is exact, and every element of the gradient rounded once.
/// </summary>
/// <remarks>Values are doubles for every type. Products with the Hessian (<see cref="IHessianProduct"/>) are asked for in double.</remarks>
/// <typeparam name="T">float; double is what every <see cref="IObjective"/> computes in.</typeparam>
public interface IObjective<T> : IObjective
    where T : unmanaged
{
    /// <inheritdoc cref="IObjective.Evaluate(ReadOnlySpan{double}, Span{double})"/>
    double Evaluate(ReadOnlySpan<T> parameters, Span<T> gradient);

    /// <inheritdoc cref="IObjective.Evaluate(long, ReadOnlySpan{double}, Span{double})"/>
    double Evaluate(long step, ReadOnlySpan<T> parameters, Span<T> gradient) => Evaluate(parameters, gradient);
}

/// <summary>A mean of many terms that computes in <typeparamref name="T"/>, too.</summary>
/// <typeparam name="T">float; double is what every <see cref="IFiniteSum"/> computes in.</typeparam>
public interface IFiniteSum<T> : IFiniteSum, IObjective<T>
    where T : unmanaged
{
    /// <inheritdoc cref="IFiniteSum.Evaluate(ReadOnlySpan{int}, ReadOnlySpan{double}, Span{double})"/>
    double Evaluate(ReadOnlySpan<int> samples, ReadOnlySpan<T> parameters, Span<T> gradient);
}
