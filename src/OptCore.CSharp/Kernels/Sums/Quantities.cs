using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptCore.Kernels;

/// <summary>
/// Sums over one to three vectors in the order of <see cref="Reduction"/>: float64, 32 interleaved partial sums within chunks of
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
        where T : unmanaged => Of(quantity, new Vectors<T>(x, y, []), 0, ranges, null);

    /// <summary>A quantity over ranges of up to three vectors.</summary>
    /// <param name="quantity">What to measure.</param>
    /// <param name="vectors">The vectors.</param>
    /// <param name="epsilon">ε of a product with a quotient.</param>
    /// <param name="ranges">The elements.</param>
    /// <param name="shared">What shares the sums of these ranges among threads; null for this thread alone.</param>
    public static double Of<T>(
        Quantity quantity, Vectors<T> vectors, double epsilon, ReadOnlySpan<ElementRange> ranges, SharedSums<T>? shared)
        where T : unmanaged =>
        quantity.Kind switch
        {
            Quantity.Form.Product => Sum<T, Product>(vectors, ranges, shared, 1, 0),
            Quantity.Form.ProductWithDifference => Sum<T, ProductWithDifference>(vectors, ranges, shared, 1, 0),
            Quantity.Form.ProductWithQuotient => Sum<T, ProductWithQuotient>(vectors, ranges, shared, 1, epsilon),
            _ => NormOf(quantity, vectors, ranges, shared),
        };

    private static double NormOf<T>(Quantity quantity, Vectors<T> vectors, ReadOnlySpan<ElementRange> ranges, SharedSums<T>? shared)
        where T : unmanaged
    {
        if (quantity.Counts is { } infinities)
        {
            // Whatever is larger than the last finite number, or no number at all.
            return Reduction.FirstNonFinite(vectors.X, ranges) < 0
                ? 0
                : Sum<T, Unusable>(vectors, ranges, shared, infinities ? double.MaxValue : double.PositiveInfinity, 0);
        }

        if (quantity.Order != 2)
        {
            return NormOf(vectors, ranges, shared, quantity.Order);
        }

        var norm = Euclidean(vectors, ranges, shared);
        return quantity.IsMean && norm > 0 ? norm / Math.Sqrt(ElementRange.Total(ranges)) : norm;
    }

    private static double Euclidean<T>(Vectors<T> vectors, ReadOnlySpan<ElementRange> ranges, SharedSums<T>? shared)
        where T : unmanaged
    {
        if (vectors.Y.IsEmpty)
        {
            return shared is null
                ? Norm.Of(vectors.X, ranges)
                : Norm.OfSum(Sum<T, Square>(vectors, ranges, shared, 1, 2), vectors.X, ranges);
        }

        var sum = Sum<T, Square>(vectors, ranges, shared, 1, 2);
        if (double.IsNormal(sum))
        {
            return Math.Sqrt(sum);
        }

        var largest = Largest(vectors, ranges);
        return Scale(largest) is { Usable: true } scale
            ? Math.Sqrt(Sum<T, Square>(vectors, ranges, shared, scale.Factor, 2)) / scale.Factor
            : largest;
    }

    private static double NormOf<T>(Vectors<T> vectors, ReadOnlySpan<ElementRange> ranges, SharedSums<T>? shared, double order)
        where T : unmanaged
    {
        if (double.IsInfinity(order))
        {
            return Largest(vectors, ranges);
        }

        if (order == 1)
        {
            return Sum<T, Magnitude>(vectors, ranges, shared, 1, 1);
        }

        // Scaled always: high powers leave the range of double at once.
        var largest = Largest(vectors, ranges);
        return Scale(largest) is { Usable: true } scale
            ? Math.Pow(Sum<T, Power>(vectors, ranges, shared, scale.Factor, order), 1 / order) / scale.Factor
            : largest;
    }

    private static (bool Usable, double Factor) Scale(double largest) =>
        largest == 0 || !double.IsFinite(largest) ? (false, 1) : (true, Math.ScaleB(1, Math.Clamp(-Math.ILogB(largest), -1022, 1022)));

    private static double Largest<T>(Vectors<T> vectors, ReadOnlySpan<ElementRange> ranges)
        where T : unmanaged
    {
        var x = vectors.X;
        var y = vectors.Y;
        double largest = 0;
        foreach (var range in ranges)
        {
            if (y.IsEmpty)
            {
                largest = Math.Max(largest, Reduction.LargestMagnitude(range.Of(x)));
                continue;
            }

            for (var i = range.Start; i < range.End; i++)
            {
                largest = Math.Max(largest, Math.Abs(Reduction.Widen(x[i]) - Reduction.Widen(y[i])));
            }
        }

        return largest;
    }

    private static double Sum<T, TTerm>(
        Vectors<T> vectors, ReadOnlySpan<ElementRange> ranges, SharedSums<T>? shared, double scale, double constant)
        where T : unmanaged
        where TTerm : struct, ITerm
    {
        fixed (T* x = vectors.X, y = vectors.Y, z = vectors.Z)
        {
            if (shared is not null)
            {
                return shared.Measure(&Chunk<T, TTerm>, x, y, z, scale, constant);
            }

            double sum = 0;
            foreach (var range in ranges)
            {
                for (var start = range.Start; start < range.End; start += Reduction.Chunk)
                {
                    var count = Math.Min(Reduction.Chunk, range.End - start);
                    sum += Chunk<T, TTerm>(At(x, start), At(y, start), At(z, start), count, scale, constant);
                }
            }

            return sum;
        }
    }

    /// <summary>A vector that is not there stays away.</summary>
    public static T* At<T>(T* vector, int start)
        where T : unmanaged => vector == null ? null : vector + start;

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static double Chunk<T, TTerm>(T* x, T* y, T* z, int count, double scale, double constant)
        where T : unmanaged
        where TTerm : struct, ITerm
    {
        Vector512<double> a = default, b = default, c = default, d = default;
        for (; count >= Lanes; count -= Lanes)
        {
            a = TTerm.Add(a, Load(x), Load(y), Load(z), scale, constant);
            b = TTerm.Add(b, Load(x + 8), Load(At(y, 8)), Load(At(z, 8)), scale, constant);
            c = TTerm.Add(c, Load(x + 16), Load(At(y, 16)), Load(At(z, 16)), scale, constant);
            d = TTerm.Add(d, Load(x + 24), Load(At(y, 24)), Load(At(z, 24)), scale, constant);
            x += Lanes;
            y = At(y, Lanes);
            z = At(z, Lanes);
        }

        if (count > 0)
        {
            // Zeros behind the end add nothing. A vector that is not there is read as zeros: −0 − 0 would be read as 0 all the same.
            T* rest = stackalloc T[3 * Lanes];
            new Span<T>(rest, 3 * Lanes).Clear();
            Copy(x, rest, count);
            Copy(y, rest + Lanes, count);
            Copy(z, rest + (2 * Lanes), count);
            x = rest;
            y = rest + Lanes;
            z = y + Lanes;
            a = TTerm.Add(a, Load(x), Load(y), Load(z), scale, constant);
            b = TTerm.Add(b, Load(x + 8), Load(y + 8), Load(z + 8), scale, constant);
            c = TTerm.Add(c, Load(x + 16), Load(y + 16), Load(z + 16), scale, constant);
            d = TTerm.Add(d, Load(x + 24), Load(y + 24), Load(z + 24), scale, constant);
        }

        // The fixed tree: 32 → 16 → 8 → 4 → 2 → 1, number i with number i + half.
        var eight = a + c + (b + d);
        var four = eight.GetLower() + eight.GetUpper();
        var two = four.GetLower() + four.GetUpper();
        return two.ToScalar() + two.GetElement(1);
    }

    private static void Copy<T>(T* from, T* to, int count)
        where T : unmanaged
    {
        if (from != null)
        {
            new ReadOnlySpan<T>(from, count).CopyTo(new Span<T>(to, count));
        }
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

    /// <summary>What is added up: norms scale their elements, the constant is the order or ε.</summary>
    private interface ITerm
    {
        static abstract Vector512<double> Add(
            Vector512<double> sums, Vector512<double> x, Vector512<double> y, Vector512<double> z, double scale, double constant);
    }

    private readonly struct Product : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<double> Add(
            Vector512<double> sums, Vector512<double> x, Vector512<double> y, Vector512<double> z, double scale, double constant) =>
            MultiplyAdd(x, y, sums);
    }

    private readonly struct ProductWithDifference : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<double> Add(
            Vector512<double> sums, Vector512<double> x, Vector512<double> y, Vector512<double> z, double scale, double constant) =>
            MultiplyAdd(x, y - z, sums);
    }

    private readonly struct ProductWithQuotient : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<double> Add(
            Vector512<double> sums, Vector512<double> x, Vector512<double> y, Vector512<double> z, double scale, double constant)
        {
            var divisor = Vector512.Sqrt(z) + Vector512.Create(constant);
            var quotient = y / divisor;
            return MultiplyAdd(
                x, Vector512.ConditionalSelect(Vector512.Equals(divisor, Vector512<double>.Zero), Vector512<double>.Zero, quotient), sums);
        }
    }

    private readonly struct Square : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<double> Add(
            Vector512<double> sums, Vector512<double> x, Vector512<double> y, Vector512<double> z, double scale, double constant)
        {
            var difference = (x * scale) - (y * scale);
            return MultiplyAdd(difference, difference, sums);
        }
    }

    private readonly struct Magnitude : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<double> Add(
            Vector512<double> sums, Vector512<double> x, Vector512<double> y, Vector512<double> z, double scale, double constant) =>
            sums + Vector512.Abs(x - y);
    }

    private readonly struct Unusable : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<double> Add(
            Vector512<double> sums, Vector512<double> x, Vector512<double> y, Vector512<double> z, double scale, double constant) =>
            sums + Vector512.AndNot(Vector512<double>.One, Vector512.LessThanOrEqual(Vector512.Abs(x), Vector512.Create(scale)));
    }

    private readonly struct Power : ITerm
    {
        public static Vector512<double> Add(
            Vector512<double> sums, Vector512<double> x, Vector512<double> y, Vector512<double> z, double scale, double constant)
        {
            var magnitudes = Vector512.Abs((x * scale) - (y * scale));
            for (var i = 0; i < Vector512<double>.Count; i++)
            {
                magnitudes = magnitudes.WithElement(i, Math.Pow(magnitudes.GetElement(i), constant));
            }

            return sums + magnitudes;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> MultiplyAdd(Vector512<double> x, Vector512<double> y, Vector512<double> sums) =>
        Hardware.HasFma ? Vector512.FusedMultiplyAdd(x, y, sums) : (x * y) + sums;
}

/// <summary>Up to three vectors of the same length; those that are not there are empty.</summary>
internal readonly ref struct Vectors<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, ReadOnlySpan<T> z)
    where T : unmanaged
{
    public ReadOnlySpan<T> X { get; } = x;

    public ReadOnlySpan<T> Y { get; } = y;

    public ReadOnlySpan<T> Z { get; } = z;
}
