namespace OptModels;

/// <summary>r_i = x₁ exp(x₂/(t_i + x₃)) − y_i, t_i = 45 + 5i.</summary>
internal sealed class Meyer() : SumOfSquares("Meyer", 3, 16)
{
    private static readonly double[] Data =
    [
        34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872,
    ];

    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        var t = 45 + (5.0 * (i + 1));
        var below = t + x[2];
        var rise = Math.Exp(x[1] / below);
        (slopes[0], slopes[1], slopes[2]) = (rise, x[0] * rise / below, -x[0] * rise * x[1] / (below * below));
        return (x[0] * rise) - Data[i];
    }
}
