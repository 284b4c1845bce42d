namespace OptModels;

/// <summary>r = (10(z − 10θ(x, y)), 10(√(x² + y²) − 1), z), θ the angle of (x, y) in turns.</summary>
internal sealed class HelicalValley() : SumOfSquares("helical valley", 3, 3, [1, 0, 0])
{
    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        if (i == 2)
        {
            slopes[2] = 1;
            return x[2];
        }

        var square = (x[0] * x[0]) + (x[1] * x[1]);
        var length = Math.Sqrt(square);
        if (i == 1)
        {
            (slopes[0], slopes[1]) = (10 * x[0] / length, 10 * x[1] / length);
            return 10 * (length - 1);
        }

        // The angle of the plane in turns, from −¼ to ¾.
        var turns = (Math.Atan(x[1] / x[0]) / (2 * Math.PI)) + (x[0] < 0 ? 0.5 : 0);
        (slopes[0], slopes[1], slopes[2]) = (100 * x[1] / (2 * Math.PI * square), -100 * x[0] / (2 * Math.PI * square), 10);
        return 10 * (x[2] - (10 * turns));
    }
}
