namespace OptModels;

/// <summary>r_i = (1/n)Σ T_i(x_j) − ∫₀¹ T_i, T_i the shifted Chebyshev polynomials.</summary>
internal sealed class Chebyquad(int n) : SumOfSquares("Chebyquad", n, n)
{
    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        // The mean of the shifted Chebyshev polynomial of degree i + 1 over the points, less its integral over [0, 1].
        var n = x.Length;
        var sum = 0.0;
        for (var j = 0; j < n; j++)
        {
            var u = (2 * x[j]) - 1;
            var (last, now) = (1.0, u);
            var (slopeLast, slope) = (0.0, 2.0);
            for (var k = 0; k < i; k++)
            {
                (last, now, slopeLast, slope) = (now, (2 * u * now) - last, slope, (4 * now) + (2 * u * slope) - slopeLast);
            }

            sum += now;
            slopes[j] = slope / n;
        }

        var degree = i + 1;
        return (sum / n) + (degree % 2 == 0 ? 1.0 / ((degree * degree) - 1) : 0);
    }
}
