namespace OptModels;

/// <summary>In pairs: r = (10(b − a²), 1 − a).</summary>
internal sealed class Pairs(int n) : SumOfSquares("extended Rosenbrock", n, n, [.. Enumerable.Repeat(1.0, n)])
{
    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        var pair = i / 2 * 2;
        if (i % 2 == 1)
        {
            slopes[pair] = -1;
            return 1 - x[pair];
        }

        (slopes[pair], slopes[pair + 1]) = (-20 * x[pair], 10);
        return 10 * (x[pair + 1] - (x[pair] * x[pair]));
    }
}
