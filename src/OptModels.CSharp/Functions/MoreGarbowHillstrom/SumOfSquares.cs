using static System.FormattableString;

namespace OptModels;

/// <summary>f(x) = Σ r_i(x)², whose residuals give their slopes: a problem of Moré, Garbow and Hillstrom.</summary>
/// <param name="name">The name.</param>
/// <param name="dimension">n, the number of variables.</param>
/// <param name="residuals">m, the number of residuals.</param>
/// <param name="minimizer">Where all residuals are 0; null where they are not, or nobody knows.</param>
internal abstract class SumOfSquares(string name, int dimension, int residuals, double[]? minimizer = null) : IObjective
{
    public int Dimension => dimension;

    public string Name => name;

    public double? Minimum => minimizer is null ? null : 0;

    public IReadOnlyList<double>? Minimizer => minimizer is null ? null : Array.AsReadOnly(minimizer);

    protected int Residuals => residuals;

    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        Lengths.CheckPoint(parameters, gradient, dimension);
        var slopes = new double[dimension];
        gradient.Clear();
        double value = 0;
        for (var i = 0; i < residuals; i++)
        {
            Array.Clear(slopes);
            var residual = Residual(i, parameters, slopes);
            value += residual * residual;
            for (var j = 0; j < dimension; j++)
            {
                gradient[j] += 2 * residual * slopes[j];
            }
        }

        return value;
    }

    public override string ToString() => Invariant($"{name} of {dimension} parameters");

    /// <summary>r_i, i from 0, and its derivatives, which are 0 where nothing is written.</summary>
    protected abstract double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes);
}
