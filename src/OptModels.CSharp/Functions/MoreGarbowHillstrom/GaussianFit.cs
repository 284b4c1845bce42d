namespace OptModels;

/// <summary>r_i = x₁ exp(−x₂(t_i − x₃)²/2) − y_i, t_i = (8 − i)/2.</summary>
internal sealed class GaussianFit() : SumOfSquares("Gaussian", 3, 15)
{
    private static readonly double[] Data = [0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521, 0.3989];

    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        var t = ((8.0 - (i + 1)) / 2) - x[2];
        var bell = Math.Exp(-x[1] * t * t / 2);
        (slopes[0], slopes[1], slopes[2]) = (bell, -x[0] * bell * t * t / 2, x[0] * bell * x[1] * t);
        return (x[0] * bell) - Data[Math.Min(i, 14 - i)];
    }
}
