namespace OptModels;

/// <summary>r_i = (3 − 2x_i)x_i − x_{i−1} − 2x_{i+1} + 1; f* = 0.</summary>
internal sealed class BroydenTridiagonal(int n) : SumOfSquares("Broyden tridiagonal", n, n)
{
    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        var (before, after) = (0.0, 0.0);
        slopes[i] = 3 - (4 * x[i]);
        if (i > 0)
        {
            (slopes[i - 1], before) = (-1, x[i - 1]);
        }

        if (i < x.Length - 1)
        {
            (slopes[i + 1], after) = (-2, x[i + 1]);
        }

        return ((3 - (2 * x[i])) * x[i]) - before - (2 * after) + 1;
    }
}
