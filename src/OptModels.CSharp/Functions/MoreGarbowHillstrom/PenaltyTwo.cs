namespace OptModels;

/// <summary>r = (x₁ − 0.2, √10⁻⁵(e^(x_i/10) + e^(x_{i−1}/10) − y_i), √10⁻⁵(e^(x_i/10) − e^(−1/10)), Σ(n − j + 1)x_j² − 1).</summary>
internal sealed class PenaltyTwo(int n) : SumOfSquares("penalty II", n, 2 * n)
{
    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        var n = x.Length;
        var root = Math.Sqrt(1e-5);
        if (i == 0)
        {
            slopes[0] = 1;
            return x[0] - 0.2;
        }

        if (i < n)
        {
            var y = Math.Exp((i + 1) / 10.0) + Math.Exp(i / 10.0);
            var (now, before) = (Math.Exp(x[i] / 10), Math.Exp(x[i - 1] / 10));
            (slopes[i], slopes[i - 1]) = (root * now / 10, root * before / 10);
            return root * (now + before - y);
        }

        if (i < (2 * n) - 1)
        {
            var j = i - n + 1;
            slopes[j] = root * Math.Exp(x[j] / 10) / 10;
            return root * (Math.Exp(x[j] / 10) - Math.Exp(-0.1));
        }

        var sum = -1.0;
        for (var j = 0; j < n; j++)
        {
            slopes[j] = 2 * (n - j) * x[j];
            sum += (n - j) * x[j] * x[j];
        }

        return sum;
    }
}
