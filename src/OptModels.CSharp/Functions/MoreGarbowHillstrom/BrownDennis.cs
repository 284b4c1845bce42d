namespace OptModels;

/// <summary>r_i = (x₁ + t x₂ − e^t)² + (x₃ + x₄ sin t − cos t)², t = i/5.</summary>
internal sealed class BrownDennis() : SumOfSquares("Brown and Dennis", 4, 20)
{
    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        var t = (i + 1) / 5.0;
        var (a, b) = (x[0] + (t * x[1]) - Math.Exp(t), x[2] + (x[3] * Math.Sin(t)) - Math.Cos(t));
        (slopes[0], slopes[1], slopes[2], slopes[3]) = (2 * a, 2 * a * t, 2 * b, 2 * b * Math.Sin(t));
        return (a * a) + (b * b);
    }
}
