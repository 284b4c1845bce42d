namespace OptModels;

/// <summary>r_i = e^(−t_i x₁) − e^(−t_i x₂) − x₃(e^(−t_i) − e^(−10t_i)), t_i = i/10.</summary>
internal sealed class BoxThree() : SumOfSquares("Box three-dimensional", 3, 10, [1, 10, 1])
{
    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        var t = 0.1 * (i + 1);
        var (a, b, c) = (Math.Exp(-t * x[0]), Math.Exp(-t * x[1]), Math.Exp(-t) - Math.Exp(-10 * t));
        (slopes[0], slopes[1], slopes[2]) = (-t * a, t * b, -c);
        return a - b - (x[2] * c);
    }
}
