namespace OptModels;

/// <summary>r_i = x_i + Σx_j − (n + 1), i &lt; n; r_n = Πx_j − 1.</summary>
internal sealed class BrownAlmostLinear(int n) : SumOfSquares("Brown almost-linear", n, n, [.. Enumerable.Repeat(1.0, n)])
{
    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        var n = x.Length;
        if (i < n - 1)
        {
            var sum = x[i] - (n + 1);
            for (var j = 0; j < n; j++)
            {
                sum += x[j];
                slopes[j] = j == i ? 2 : 1;
            }

            return sum;
        }

        var product = 1.0;
        for (var j = 0; j < n; j++)
        {
            product *= x[j];
            var others = 1.0;
            for (var k = 0; k < n; k++)
            {
                others *= k == j ? 1 : x[k];
            }

            slopes[j] = others;
        }

        return product - 1;
    }
}
