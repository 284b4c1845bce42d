namespace OptModels;

/// <summary>r = (x_i − 1, s, s²), s = Σ j(x_j − 1).</summary>
internal sealed class VariablyDimensioned(int n) : SumOfSquares("variably dimensioned", n, n + 2, [.. Enumerable.Repeat(1.0, n)])
{
    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        if (i < x.Length)
        {
            slopes[i] = 1;
            return x[i] - 1;
        }

        var sum = 0.0;
        for (var j = 0; j < x.Length; j++)
        {
            sum += (j + 1) * (x[j] - 1);
        }

        for (var j = 0; j < x.Length; j++)
        {
            slopes[j] = (j + 1) * (i == x.Length ? 1 : 2 * sum);
        }

        return i == x.Length ? sum : sum * sum;
    }
}
