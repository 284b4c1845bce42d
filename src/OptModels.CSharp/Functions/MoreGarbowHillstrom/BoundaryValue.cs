namespace OptModels;

/// <summary>r_i = 2x_i − x_{i−1} − x_{i+1} + h²(x_i + t_i + 1)³/2, h = 1/(n + 1), t_i = ih, x₀ = x_{n+1} = 0; f* = 0.</summary>
internal sealed class BoundaryValue(int n) : SumOfSquares("discrete boundary value", n, n)
{
    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        var n = x.Length;
        var h = 1.0 / (n + 1);
        var t = (i + 1) * h;
        var shifted = x[i] + t + 1;
        slopes[i] = 2 + (1.5 * h * h * shifted * shifted);
        var (before, after) = (0.0, 0.0);
        if (i > 0)
        {
            (slopes[i - 1], before) = (-1, x[i - 1]);
        }

        if (i < n - 1)
        {
            (slopes[i + 1], after) = (-1, x[i + 1]);
        }

        return (2 * x[i]) - before - after + (h * h * shifted * shifted * shifted / 2);
    }
}
