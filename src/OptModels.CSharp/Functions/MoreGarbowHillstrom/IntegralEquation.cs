namespace OptModels;

/// <summary>r_i = x_i + h[(1 − t_i)Σ_{j≤i} t_j(x_j + t_j + 1)³ + t_iΣ_{j>i}(1 − t_j)(x_j + t_j + 1)³]/2; f* = 0.</summary>
internal sealed class IntegralEquation(int n) : SumOfSquares("discrete integral equation", n, n)
{
    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        var n = x.Length;
        var h = 1.0 / (n + 1);
        var t = (i + 1) * h;
        var sum = 0.0;
        for (var j = 0; j < n; j++)
        {
            var s = (j + 1) * h;
            var shifted = x[j] + s + 1;
            var weight = j <= i ? (1 - t) * s : t * (1 - s);
            sum += weight * shifted * shifted * shifted;
            slopes[j] = 1.5 * h * weight * shifted * shifted;
        }

        slopes[i] += 1;
        return x[i] + (h * sum / 2);
    }
}
