namespace OptModels;

/// <summary>r = (10⁴xy − 1, e^(−x) + e^(−y) − 1.0001).</summary>
internal sealed class PowellBadlyScaled() : SumOfSquares("Powell badly scaled", 2, 2)
{
    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        if (i == 0)
        {
            (slopes[0], slopes[1]) = (1e4 * x[1], 1e4 * x[0]);
            return (1e4 * x[0] * x[1]) - 1;
        }

        var (a, b) = (Math.Exp(-x[0]), Math.Exp(-x[1]));
        (slopes[0], slopes[1]) = (-a, -b);
        return a + b - 1.0001;
    }
}
