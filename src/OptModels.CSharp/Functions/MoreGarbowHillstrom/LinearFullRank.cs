namespace OptModels;

/// <summary>r_i = x_i − 2Σx_j/m − 1, i ≤ n, else −2Σx_j/m − 1, m = 20; f* = m − n at −1.</summary>
internal sealed class LinearFullRank(int n) : SumOfSquares("linear, full rank", n, 20)
{
    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        var sum = 0.0;
        for (var j = 0; j < x.Length; j++)
        {
            sum += x[j];
            slopes[j] = -2.0 / Residuals;
        }

        slopes[Math.Min(i, x.Length - 1)] += i < x.Length ? 1 : 0;
        return (i < x.Length ? x[i] : 0) - (2 * sum / Residuals) - 1;
    }
}
