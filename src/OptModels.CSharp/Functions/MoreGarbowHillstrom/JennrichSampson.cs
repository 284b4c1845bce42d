namespace OptModels;

/// <summary>r_i = 2 + 2i − (e^(ix) + e^(iy)), i = 1 … 10.</summary>
internal sealed class JennrichSampson() : SumOfSquares("Jennrich and Sampson", 2, 10)
{
    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        var t = i + 1.0;
        var (a, b) = (Math.Exp(t * x[0]), Math.Exp(t * x[1]));
        (slopes[0], slopes[1]) = (-t * a, -t * b);
        return 2 + (2 * t) - (a + b);
    }
}
