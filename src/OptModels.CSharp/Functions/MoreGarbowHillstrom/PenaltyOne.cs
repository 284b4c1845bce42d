namespace OptModels;

/// <summary>r = (√10⁻⁵(x_i − 1), Σx² − ¼).</summary>
internal sealed class PenaltyOne(int n) : SumOfSquares("penalty I", n, n + 1)
{
    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        if (i < x.Length)
        {
            slopes[i] = Math.Sqrt(1e-5);
            return Math.Sqrt(1e-5) * (x[i] - 1);
        }

        var sum = -0.25;
        for (var j = 0; j < x.Length; j++)
        {
            slopes[j] = 2 * x[j];
            sum += x[j] * x[j];
        }

        return sum;
    }
}
