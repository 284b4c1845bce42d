namespace OptModels;

/// <summary>r_i = y_i − (x₁ + x₂e^(−t x₄) + x₃e^(−t x₅)), t = 10(i − 1).</summary>
internal sealed class OsborneOne() : SumOfSquares("Osborne 1", 5, 33)
{
    private static readonly double[] Data =
    [
        0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.850, 0.818, 0.784, 0.751, 0.718, 0.685, 0.658, 0.628, 0.603, 0.580,
        0.558, 0.538, 0.522, 0.506, 0.490, 0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.420, 0.414, 0.411, 0.406,
    ];

    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        var t = 10.0 * i;
        var (a, b) = (Math.Exp(-t * x[3]), Math.Exp(-t * x[4]));
        (slopes[0], slopes[1], slopes[2]) = (-1, -a, -b);
        (slopes[3], slopes[4]) = (t * x[1] * a, t * x[2] * b);
        return Data[i] - (x[0] + (x[1] * a) + (x[2] * b));
    }
}
