namespace OptModels;

/// <summary>r = (x − 10⁶, y − 2·10⁻⁶, xy − 2).</summary>
internal sealed class BrownBadlyScaled() : SumOfSquares("Brown badly scaled", 2, 3, [1e6, 2e-6])
{
    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        switch (i)
        {
            case 0:
                slopes[0] = 1;
                return x[0] - 1e6;
            case 1:
                slopes[1] = 1;
                return x[1] - 2e-6;
            default:
                (slopes[0], slopes[1]) = (x[1], x[0]);
                return (x[0] * x[1]) - 2;
        }
    }
}
