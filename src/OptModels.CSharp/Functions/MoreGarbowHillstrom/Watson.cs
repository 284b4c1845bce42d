namespace OptModels;

/// <summary>
/// r_i = q′(t) − q(t)² − 1 of the polynomial q with coefficients x at t = i/29, i = 1 … 29; r_30 = x₁, r_31 = x₂ − x₁² − 1.
/// </summary>
internal sealed class Watson(int n) : SumOfSquares("Watson", n, 31)
{
    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        if (i >= 29)
        {
            slopes[0] = i == 29 ? 1 : -2 * x[0];
            slopes[1] = i == 29 ? 0 : 1;
            return i == 29 ? x[0] : x[1] - (x[0] * x[0]) - 1;
        }

        var t = (i + 1) / 29.0;
        var (slope, value, power) = (0.0, 0.0, 1.0);
        for (var j = 0; j < x.Length; j++)
        {
            slope += j == 0 ? 0 : j * x[j] * power / t;
            value += x[j] * power;
            power *= t;
        }

        power = 1;
        for (var j = 0; j < x.Length; j++)
        {
            slopes[j] = (j * power / t) - (2 * value * power);
            power *= t;
        }

        return slope - (value * value) - 1;
    }
}
