using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

/// <summary>Euclidean norms over several ranges of one vector, which neither overflow nor underflow on the way.</summary>
internal static class Norm
{
    // Elements that are scaled at a time.
    private const int Block = 1024;

    /// <summary>
    /// √Σ x_i² over all ranges, in their order. Rescales by a power of two only when the plain float64 sum is not finite or
    /// subnormal. NaN if an element is NaN, else ∞ if one is infinite.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Of<T>(ReadOnlySpan<T> values, ReadOnlySpan<ElementRange> ranges)
        where T : unmanaged
    {
        double sum = 0;
        foreach (var range in ranges)
        {
            sum = Reduction.SumOfSquares(range.Of(values), sum);
        }

        return OfSum(sum, values, ranges);
    }

    /// <summary>The norm whose plain sum of squares is known.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double OfSum<T>(double sum, ReadOnlySpan<T> values, ReadOnlySpan<ElementRange> ranges)
        where T : unmanaged =>
        double.IsNormal(sum) ? Math.Sqrt(sum) : Rescaled(values, ranges);

    private static double Rescaled<T>(ReadOnlySpan<T> values, ReadOnlySpan<ElementRange> ranges)
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
            sum += SumOfScaledSquares(range.Of(values), scale);
        }

        return Math.Sqrt(sum) / scale;
    }

    private static double SumOfScaledSquares<T>(ReadOnlySpan<T> values, double scale)
        where T : unmanaged
    {
        Span<double> scaled = stackalloc double[Block];
        double sum = 0;
        for (var start = 0; start < values.Length; start += Block)
        {
            var block = values[start..Math.Min(start + Block, values.Length)];
            for (var i = 0; i < block.Length; i++)
            {
                scaled[i] = Reduction.Widen(block[i]) * scale;
            }

            sum = Reduction.SumOfSquares<double>(scaled[..block.Length], sum);
        }

        return sum;
    }
}

/// <summary>The elements [Start, End) of a vector.</summary>
internal readonly record struct ElementRange(int Start, int End)
{
    public int Length => End - Start;

    /// <summary>The number of elements of several ranges.</summary>
    public static long Total(ReadOnlySpan<ElementRange> ranges)
    {
        long total = 0;
        foreach (var range in ranges)
        {
            total += range.Length;
        }

        return total;
    }

    /// <summary>The index of the first of some ranges, in order, that ends behind an element.</summary>
    public static int FirstBehind(ReadOnlySpan<ElementRange> ranges, int element)
    {
        var (low, high) = (0, ranges.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = ranges[middle].End > element ? (low, middle) : (middle + 1, high);
        }

        return low;
    }

    public ReadOnlySpan<T> Of<T>(ReadOnlySpan<T> vector) => vector[Start..End];

    public Span<T> Of<T>(Span<T> vector) => vector[Start..End];
}
