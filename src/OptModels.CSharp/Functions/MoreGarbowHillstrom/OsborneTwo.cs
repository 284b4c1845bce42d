namespace OptModels;

/// <summary>r_i = y_i − (x₁e^(−t x₅) + Σ_j x_j exp(−(t − x_{j+7})² x_{j+4})), j = 2, 3, 4, t = (i − 1)/10.</summary>
internal sealed class OsborneTwo() : SumOfSquares("Osborne 2", 11, 65)
{
    private static readonly double[] Data =
    [
        1.366, 1.191, 1.112, 1.013, 0.991, 0.885, 0.831, 0.847, 0.786, 0.725, 0.746, 0.679, 0.608, 0.655, 0.616, 0.606, 0.602,
        0.626, 0.651, 0.724, 0.649, 0.649, 0.694, 0.644, 0.624, 0.661, 0.612, 0.558, 0.533, 0.495, 0.500, 0.423, 0.395, 0.375,
        0.372, 0.391, 0.396, 0.405, 0.428, 0.429, 0.523, 0.562, 0.607, 0.653, 0.672, 0.708, 0.633, 0.668, 0.645, 0.632, 0.591,
        0.559, 0.597, 0.625, 0.739, 0.710, 0.729, 0.720, 0.636, 0.581, 0.428, 0.292, 0.162, 0.098, 0.054,
    ];

    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        var t = i / 10.0;
        slopes[0] = -Math.Exp(-t * x[4]);
        slopes[4] = -x[0] * t * slopes[0];
        var sum = -x[0] * slopes[0];
        for (var j = 1; j < 4; j++)
        {
            // Bells: x_j exp(−(t − x_{j+7})² x_{j+4}).
            var apart = t - x[j + 7];
            var bell = Math.Exp(-apart * apart * x[j + 4]);
            sum += x[j] * bell;
            (slopes[j], slopes[j + 4]) = (-bell, x[j] * bell * apart * apart);
            slopes[j + 7] = -2 * x[j] * bell * apart * x[j + 4];
        }

        return Data[i] - sum;
    }
}
