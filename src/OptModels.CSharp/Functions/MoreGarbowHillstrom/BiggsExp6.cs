namespace OptModels;

/// <summary>r_i = x₃e^(−t x₁) − x₄e^(−t x₂) + x₆e^(−t x₅) − y_i, y_i = e^(−t) − 5e^(−10t) + 3e^(−4t), t = i/10.</summary>
internal sealed class BiggsExp6() : SumOfSquares("Biggs EXP6", 6, 13, [1, 10, 1, 5, 4, 3])
{
    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        var t = 0.1 * (i + 1);
        var y = Math.Exp(-t) - (5 * Math.Exp(-10 * t)) + (3 * Math.Exp(-4 * t));
        var (a, b, c) = (Math.Exp(-t * x[0]), Math.Exp(-t * x[1]), Math.Exp(-t * x[4]));
        (slopes[0], slopes[1], slopes[2]) = (-t * x[2] * a, t * x[3] * b, a);
        (slopes[3], slopes[4], slopes[5]) = (-b, -t * x[5] * c, c);
        return (x[2] * a) - (x[3] * b) + (x[5] * c) - y;
    }
}
