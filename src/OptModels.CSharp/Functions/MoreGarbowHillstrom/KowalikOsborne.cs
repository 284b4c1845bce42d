namespace OptModels;

/// <summary>r_i = y_i − x₁(u² + u x₂)/(u² + u x₃ + x₄).</summary>
internal sealed class KowalikOsborne() : SumOfSquares("Kowalik and Osborne", 4, 11)
{
    private static readonly double[] Data =
        [0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246];

    private static readonly double[] U = [4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625];

    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        var u = U[i];
        var (above, below) = ((u * u) + (u * x[1]), (u * u) + (u * x[2]) + x[3]);
        slopes[0] = -above / below;
        slopes[1] = -x[0] * u / below;
        slopes[2] = x[0] * above * u / (below * below);
        slopes[3] = x[0] * above / (below * below);
        return Data[i] - (x[0] * above / below);
    }
}
