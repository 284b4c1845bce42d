namespace OptModels;

/// <summary>r_i = x_i(2 + 5x_i²) + 1 − Σ x_j(1 + x_j), i − 5 ≤ j ≤ i + 1, j ≠ i; f* = 0.</summary>
internal sealed class BroydenBanded(int n) : SumOfSquares("Broyden banded", n, n)
{
    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        var sum = (x[i] * (2 + (5 * x[i] * x[i]))) + 1;
        for (var j = Math.Max(0, i - 5); j <= Math.Min(x.Length - 1, i + 1); j++)
        {
            if (j != i)
            {
                sum -= x[j] * (1 + x[j]);
                slopes[j] = -(1 + (2 * x[j]));
            }
        }

        slopes[i] = 2 + (15 * x[i] * x[i]);
        return sum;
    }
}
