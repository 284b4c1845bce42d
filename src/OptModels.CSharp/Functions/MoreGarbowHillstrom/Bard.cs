namespace OptModels;

/// <summary>r_i = y_i − (x₁ + u/(v x₂ + w x₃)), u = i, v = 16 − i, w the smaller.</summary>
internal sealed class Bard() : SumOfSquares("Bard", 3, 15)
{
    private static readonly double[] Data =
        [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39];

    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        var (u, v) = (i + 1.0, 15.0 - i);
        var w = Math.Min(u, v);
        var below = (v * x[1]) + (w * x[2]);
        (slopes[0], slopes[1], slopes[2]) = (-1, u * v / (below * below), u * w / (below * below));
        return Data[i] - (x[0] + (u / below));
    }
}
