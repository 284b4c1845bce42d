namespace OptModels;

/// <summary>In blocks of four: r = (a + 10b, √5(c − d), (b − 2c)², √10(a − d)²); the Hessian at 0 is singular.</summary>
internal sealed class PowellSingular(int n) : SumOfSquares("Powell singular", n, n, new double[n])
{
    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        var (block, part) = (i / 4 * 4, i % 4);
        var (a, b, c, d) = (x[block], x[block + 1], x[block + 2], x[block + 3]);
        switch (part)
        {
            case 0:
                (slopes[block], slopes[block + 1]) = (1, 10);
                return a + (10 * b);
            case 1:
                (slopes[block + 2], slopes[block + 3]) = (Math.Sqrt(5), -Math.Sqrt(5));
                return Math.Sqrt(5) * (c - d);
            case 2:
                (slopes[block + 1], slopes[block + 2]) = (2 * (b - (2 * c)), -4 * (b - (2 * c)));
                return (b - (2 * c)) * (b - (2 * c));
            default:
                (slopes[block], slopes[block + 3]) = (2 * Math.Sqrt(10) * (a - d), -2 * Math.Sqrt(10) * (a - d));
                return Math.Sqrt(10) * (a - d) * (a - d);
        }
    }
}
