using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptCore.Kernels;

/// <summary>
/// Sums over one or two vectors in the order of <see cref="Reduction"/>: float64, 32 interleaved partial sums within chunks of
/// 16,384 elements, the fixed tree, chunks in the order of their index. The same bits for every vector width.
/// </summary>
internal static unsafe class Quantities
{
    private const int Lanes = 32;

    /// <summary>A quantity over ranges of one or two vectors.</summary>
    /// <param name="quantity">What to measure.</param>
    /// <param name="x">The first vector.</param>
    /// <param name="y">The second; empty for a norm.</param>
    /// <param name="ranges">The elements.</param>
    public static double Of<T>(Quantity quantity, ReadOnlySpan<T> x, ReadOnlySpan<T> y, ReadOnlySpan<ElementRange> ranges)
        where T : unmanaged
    {
        if (quantity.IsProduct)
        {
            return Sum<T, Product>(x, y, ranges, 1, 1);
        }

        if (quantity.Counts is { } infinities)
        {
            // Whatever is larger than the last finite number, or no number at all.
            return Sum<T, Unusable>(x, y, ranges, infinities ? double.MaxValue : double.PositiveInfinity, 1);
        }

        if (quantity.Order != 2)
        {
            return NormOf(x, y, ranges, quantity.Order);
        }

        var norm = Euclidean(x, y, ranges);
        return quantity.IsMean && norm > 0 ? norm / Math.Sqrt(ElementRange.Total(ranges)) : norm;
    }

    private static double Euclidean<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, ReadOnlySpan<ElementRange> ranges)
        where T : unmanaged
    {
        if (y.IsEmpty)
        {
            return Norm.Of(x, ranges);
        }

        var sum = Sum<T, Square>(x, y, ranges, 1, 2);
        if (double.IsNormal(sum))
        {
            return Math.Sqrt(sum);
        }

        return Scale(Largest(x, y, ranges)) is { Usable: true } scale
            ? Math.Sqrt(Sum<T, Square>(x, y, ranges, scale.Factor, 2)) / scale.Factor
            : Largest(x, y, ranges);
    }

    private static double NormOf<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, ReadOnlySpan<ElementRange> ranges, double order)
        where T : unmanaged
    {
        if (double.IsInfinity(order))
        {
            return Largest(x, y, ranges);
        }

        if (order == 1)
        {
            return Sum<T, Magnitude>(x, y, ranges, 1, 1);
        }

        // Scaled always: high powers leave the range of double at once.
        var largest = Largest(x, y, ranges);
        return Scale(largest) is { Usable: true } scale
            ? Math.Pow(Sum<T, Power>(x, y, ranges, scale.Factor, order), 1 / order) / scale.Factor
            : largest;
    }

    private static (bool Usable, double Factor) Scale(double largest) =>
        largest == 0 || !double.IsFinite(largest) ? (false, 1) : (true, Math.ScaleB(1, Math.Clamp(-Math.ILogB(largest), -1022, 1022)));

    private static double Largest<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, ReadOnlySpan<ElementRange> ranges)
        where T : unmanaged
    {
        double largest = 0;
        foreach (var range in ranges)
        {
            for (var i = range.Start; i < range.End; i++)
            {
                largest = Math.Max(largest, Math.Abs(Reduction.Widen(x[i]) - (y.IsEmpty ? 0 : Reduction.Widen(y[i]))));
            }
        }

        return largest;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static double Sum<T, TTerm>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, ReadOnlySpan<ElementRange> ranges, double scale, double order)
        where T : unmanaged
        where TTerm : struct, ITerm
    {
        double sum = 0;
        fixed (T* first = x, second = y)
        {
            foreach (var range in ranges)
            {
                for (var start = range.Start; start < range.End; start += Reduction.Chunk)
                {
                    var count = Math.Min(Reduction.Chunk, range.End - start);
                    sum += Chunk<T, TTerm>(first + start, second == null ? null : second + start, count, scale, order);
                }
            }
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static double Chunk<T, TTerm>(T* x, T* y, int count, double scale, double order)
        where T : unmanaged
        where TTerm : struct, ITerm
    {
        Vector512<double> a = default, b = default, c = default, d = default;
        for (; count >= Lanes; count -= Lanes)
        {
            a = TTerm.Add(a, Load(x), Load(y), scale, order);
            b = TTerm.Add(b, Load(x + 8), Load(y == null ? y : y + 8), scale, order);
            c = TTerm.Add(c, Load(x + 16), Load(y == null ? y : y + 16), scale, order);
            d = TTerm.Add(d, Load(x + 24), Load(y == null ? y : y + 24), scale, order);
            x += Lanes;
            y = y == null ? y : y + Lanes;
        }

        if (count > 0)
        {
            // Zeros behind the end add nothing.
            T* restOfX = stackalloc T[Lanes], restOfY = stackalloc T[Lanes];
            new Span<T>(restOfX, Lanes).Clear();
            new Span<T>(restOfY, Lanes).Clear();
            new ReadOnlySpan<T>(x, count).CopyTo(new Span<T>(restOfX, Lanes));
            if (y != null)
            {
                new ReadOnlySpan<T>(y, count).CopyTo(new Span<T>(restOfY, Lanes));
            }

            // A second vector that is not there stays away: −0 − 0 would be read as 0 all the same.
            a = TTerm.Add(a, Load(restOfX), Load(restOfY), scale, order);
            b = TTerm.Add(b, Load(restOfX + 8), Load(restOfY + 8), scale, order);
            c = TTerm.Add(c, Load(restOfX + 16), Load(restOfY + 16), scale, order);
            d = TTerm.Add(d, Load(restOfX + 24), Load(restOfY + 24), scale, order);
        }

        // The fixed tree: 32 → 16 → 8 → 4 → 2 → 1, number i with number i + half.
        var eight = a + c + (b + d);
        var four = eight.GetLower() + eight.GetUpper();
        var two = four.GetLower() + four.GetUpper();
        return two.ToScalar() + two.GetElement(1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Load<T>(T* values)
        where T : unmanaged
    {
        if (values == null)
        {
            return default;
        }

        if (typeof(T) == typeof(double))
        {
            return Vector512.Load((double*)values);
        }

        var (low, high) = Vector256.Widen(Vector256.Load((float*)values));
        return Vector512.Create(low, high);
    }

    /// <summary>What is added up.</summary>
    private interface ITerm
    {
        static abstract Vector512<double> Add(Vector512<double> sums, Vector512<double> x, Vector512<double> y, double scale, double order);
    }

    private readonly struct Product : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<double> Add(Vector512<double> sums, Vector512<double> x, Vector512<double> y, double scale, double order) =>
            MultiplyAdd(x, y, sums);
    }

    private readonly struct Square : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<double> Add(Vector512<double> sums, Vector512<double> x, Vector512<double> y, double scale, double order)
        {
            var difference = (x * scale) - (y * scale);
            return MultiplyAdd(difference, difference, sums);
        }
    }

    private readonly struct Magnitude : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<double> Add(Vector512<double> sums, Vector512<double> x, Vector512<double> y, double scale, double order) =>
            sums + Vector512.Abs(x - y);
    }

    private readonly struct Unusable : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<double> Add(Vector512<double> sums, Vector512<double> x, Vector512<double> y, double scale, double order) =>
            sums + Vector512.AndNot(Vector512<double>.One, Vector512.LessThanOrEqual(Vector512.Abs(x), Vector512.Create(scale)));
    }

    private readonly struct Power : ITerm
    {
        public static Vector512<double> Add(Vector512<double> sums, Vector512<double> x, Vector512<double> y, double scale, double order)
        {
            var magnitudes = Vector512.Abs((x * scale) - (y * scale));
            for (var i = 0; i < Vector512<double>.Count; i++)
            {
                magnitudes = magnitudes.WithElement(i, Math.Pow(magnitudes.GetElement(i), order));
            }

            return sums + magnitudes;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> MultiplyAdd(Vector512<double> x, Vector512<double> y, Vector512<double> sums) =>
        Hardware.HasFma ? Vector512.FusedMultiplyAdd(x, y, sums) : (x * y) + sums;
}
