namespace OptModels;

/// <summary>The logarithm near 1, which the base class library only has as log(1 + x) with its cancellation.</summary>
internal static class Logarithm
{
    /// <summary>log(1 + x) for x ≥ 0, accurate for small x; NaN for NaN, ∞ for ∞.</summary>
    /// <remarks>Source: Kahan's correction of the rounding of 1 + x; Higham, Accuracy and Stability of Numerical
    /// Algorithms, section 1.14.1.</remarks>
    internal static double OnePlus(double x)
    {
        var sum = 1 + x;
        return sum == 1 ? x
            : double.IsPositiveInfinity(sum) ? sum
            : Math.Log(sum) * (x / (sum - 1));
    }
}
