namespace OptCore.Kernels;

/// <summary>Euclidean norms over several ranges of one vector, which neither overflow nor underflow on the way.</summary>
internal static class Norm
{
    /// <summary>
    /// √Σ x_i² over all ranges, in their order. Rescales by a power of two only when the plain float64 sum is not finite or
    /// subnormal. NaN if an element is NaN, else ∞ if one is infinite.
    /// </summary>
    public static double Of<T>(ReadOnlySpan<T> values, ReadOnlySpan<Range> ranges)
        where T : unmanaged
    {
        double sum = 0;
        foreach (var range in ranges)
        {
            sum = Reduction.SumOfSquares(range.Of(values), sum);
        }

        return double.IsNormal(sum) ? Math.Sqrt(sum) : Rescaled(values, ranges);
    }

    private static double Rescaled<T>(ReadOnlySpan<T> values, ReadOnlySpan<Range> ranges)
        where T : unmanaged
    {
        double largest = 0;
        foreach (var range in ranges)
        {
            largest = Math.Max(largest, Reduction.LargestMagnitude(range.Of(values)));
        }

        if (largest == 0 || !double.IsFinite(largest))
        {
            return largest;
        }

        var scale = Math.ScaleB(1, Math.Clamp(-Math.ILogB(largest), -1022, 1022));
        double sum = 0;
        foreach (var range in ranges)
        {
            sum = Reduction.SumOfSquares(range.Of(values), sum, scale);
        }

        return Math.Sqrt(sum) / scale;
    }
}

/// <summary>The elements [Start, End) of a vector.</summary>
internal readonly record struct Range(int Start, int End)
{
    public int Length => End - Start;

    public ReadOnlySpan<T> Of<T>(ReadOnlySpan<T> vector) => vector[Start..End];

    public Span<T> Of<T>(Span<T> vector) => vector[Start..End];
}
