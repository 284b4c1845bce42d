namespace OptModels;

/// <summary>r_i = n − Σ cos x_j + i(1 − cos x_i) − sin x_i; has local minima besides.</summary>
internal sealed class Trigonometric(int n) : SumOfSquares("trigonometric", n, n, new double[n])
{
    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        var n = x.Length;
        var sum = n + ((i + 1) * (1 - Math.Cos(x[i]))) - Math.Sin(x[i]);
        for (var j = 0; j < n; j++)
        {
            sum -= Math.Cos(x[j]);
            slopes[j] = Math.Sin(x[j]);
        }

        slopes[i] += ((i + 1) * Math.Sin(x[i])) - Math.Cos(x[i]);
        return sum;
    }
}
