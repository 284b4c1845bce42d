namespace OptModels;

/// <summary>r_i = exp(−|y_i − x₂|^x₃/x₁) − t_i, y_i = 25 + (−50 ln t_i)^⅔, t_i = i/100 (as corrected later: without m i).</summary>
internal sealed class Gulf() : SumOfSquares("Gulf research", 3, 99, [50, 25, 1.5])
{
    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        var t = (i + 1) / 100.0;
        var d = 25 + Math.Pow(-50 * Math.Log(t), 2.0 / 3) - x[1];
        var power = Math.Pow(Math.Abs(d), x[2]);
        var decay = Math.Exp(-power / x[0]);
        var log = d == 0 ? 0 : Math.Log(Math.Abs(d));
        slopes[0] = decay * power / (x[0] * x[0]);
        slopes[1] = d == 0 ? 0 : decay * power * x[2] / (x[0] * d);
        slopes[2] = -decay * power * log / x[0];
        return decay - t;
    }
}
