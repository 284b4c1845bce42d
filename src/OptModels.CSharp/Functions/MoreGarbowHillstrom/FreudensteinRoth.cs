namespace OptModels;

/// <summary>r = (−13 + x + ((5 − y)y − 2)y, −29 + x + ((y + 1)y − 14)y).</summary>
internal sealed class FreudensteinRoth() : SumOfSquares("Freudenstein and Roth", 2, 2, [5, 4])
{
    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        var y = x[1];
        (slopes[0], slopes[1]) = (1, i == 0 ? (((10 - (3 * y)) * y) - 2) : (((2 + (3 * y)) * y) - 14));
        return i == 0
            ? -13 + x[0] + ((((5 - y) * y) - 2) * y)
            : -29 + x[0] + ((((y + 1) * y) - 14) * y);
    }
}
