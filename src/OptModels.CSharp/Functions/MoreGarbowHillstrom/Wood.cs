namespace OptModels;

/// <summary>Two valleys, coupled: r = (10(b − a²), 1 − a, √90(d − c²), 1 − c, √10(b + d − 2), (b − d)/√10).</summary>
internal sealed class Wood() : SumOfSquares("Wood", 4, 6, [1, 1, 1, 1])
{
    protected override double Residual(int i, ReadOnlySpan<double> x, Span<double> slopes)
    {
        var (half, root) = (i < 2 ? 0 : 2, Math.Sqrt(10));
        switch (i)
        {
            case 0 or 2:
                var steep = i == 0 ? 10 : Math.Sqrt(90);
                (slopes[half], slopes[half + 1]) = (-2 * steep * x[half], steep);
                return steep * (x[half + 1] - (x[half] * x[half]));
            case 1 or 3:
                slopes[half] = -1;
                return 1 - x[half];
            case 4:
                (slopes[1], slopes[3]) = (root, root);
                return root * (x[1] + x[3] - 2);
            default:
                (slopes[1], slopes[3]) = (1 / root, -1 / root);
                return (x[1] - x[3]) / root;
        }
    }
}
