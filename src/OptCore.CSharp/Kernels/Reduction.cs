using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptCore.Kernels;

/// <summary>
/// Sums with one fixed order of additions: float64 accumulators, 32 interleaved partial sums within chunks of 16,384
/// elements, folded in a fixed tree, chunks added in the order of their index. The result does not depend on the vector
/// width nor on the number of threads; its relative error stays near 1e-15 for 1e8 elements.
/// </summary>
internal static unsafe class Reduction
{
    /// <summary>The number of elements of a chunk.</summary>
    public const int Chunk = 16384;

    // Of 512 bits this makes four accumulators, which hide the latency of the multiply-add.
    private const int Lanes = 32;

    /// <summary><paramref name="sum"/> + Σ x_i².</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SumOfSquares<T>(ReadOnlySpan<T> values, double sum)
        where T : unmanaged
    {
        // The hardware's width is a constant of the compiled code, so that the other two are not even loaded.
        fixed (T* first = values)
        {
            return Vector512.IsHardwareAccelerated ? SumOfSquares<Sums512, T>(first, values.Length, sum)
                : Vector256.IsHardwareAccelerated ? SumOfSquares<Sums256, T>(first, values.Length, sum)
                : SumOfSquares<Sums128, T>(first, values.Length, sum);
        }
    }

    /// <summary>max |x_i|; NaN if there is one.</summary>
    public static double LargestMagnitude<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        double largest = 0;
        foreach (var value in values)
        {
            largest = Math.Max(largest, Math.Abs(Widen(value)));
        }

        return largest;
    }

    /// <summary>The first index within some ranges whose element is NaN or infinite; −1 if all are finite.</summary>
    public static int FirstNonFinite<T>(ReadOnlySpan<T> values, ReadOnlySpan<Range> ranges)
        where T : unmanaged
    {
        foreach (var range in ranges)
        {
            var index = FirstNonFinite(range.Of(values));
            if (index >= 0)
            {
                return range.Start + index;
            }
        }

        return -1;
    }

    /// <summary>The first index whose element is NaN or infinite; −1 if all are finite.</summary>
    public static int FirstNonFinite<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        fixed (T* first = values)
        {
            // A sum of x·0 is NaN exactly where an element is not finite; only then look for the place.
            for (var i = 0; i < values.Length; i += Chunk)
            {
                var stop = i + Math.Min(Chunk, values.Length - i);
                for (var j = i; double.IsNaN(ChunkOfZeros(first + i, stop - i)) && j < stop; j++)
                {
                    if (!double.IsFinite(Widen(first[j])))
                    {
                        return j;
                    }
                }
            }
        }

        return -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Widen<T>(T value)
        where T : unmanaged =>
        typeof(T) == typeof(float) ? Unsafe.BitCast<T, float>(value) : Unsafe.BitCast<T, double>(value);

    // Comparisons of types are decided before anything is compiled: a register that a width does not need costs nothing.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static double SumOfSquares<V, T>(T* values, int count, double sum)
        where V : struct, ISums<V>
        where T : unmanaged
    {
        while (count > 0)
        {
            // Partial sum number i mod 32, in a ring of 4, 8 or 16 registers.
            FourSums<V> a = default, b = default, c = default, d = default;
            var rest = Math.Min(count, Chunk);
            count -= rest;
            for (; rest >= Lanes; rest -= Lanes, values += Lanes)
            {
                a.AddSquares(values);
                if (typeof(V) != typeof(Sums512))
                {
                    b.AddSquares(values + (4 * V.Count));
                }

                if (typeof(V) == typeof(Sums128))
                {
                    c.AddSquares(values + (8 * V.Count));
                    d.AddSquares(values + (12 * V.Count));
                }
            }

            // The ring turns instead of the register's number. It need not turn back: opposite registers are added.
            for (; rest > 0; rest -= V.Count, values += V.Count)
            {
                var next = rest < V.Count ? V.AddSquares(values, rest, a.First) : V.AddSquares(values, a.First);
                if (typeof(V) == typeof(Sums128))
                {
                    next = c.Shift(d.Shift(next));
                }

                if (typeof(V) != typeof(Sums512))
                {
                    next = b.Shift(next);
                }

                a.Shift(next);
            }

            // The fixed tree: 32 → 16 → 8 → 4 → 2 → 1, number i with number i + half.
            if (typeof(V) == typeof(Sums128))
            {
                a += c;
                b += d;
            }

            if (typeof(V) != typeof(Sums512))
            {
                a += b;
            }

            sum += a.Fold();
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static double ChunkOfZeros<T>(T* values, int count)
        where T : unmanaged
    {
        // 0·x is NaN for every x that is not finite, and NaN stays. Four sums, for speed alone.
        double a = 0, b = 0, c = 0, d = 0;
        var i = 0;
        for (; i + 4 <= count; i += 4)
        {
            a += Widen(values[i]) * 0.0;
            b += Widen(values[i + 1]) * 0.0;
            c += Widen(values[i + 2]) * 0.0;
            d += Widen(values[i + 3]) * 0.0;
        }

        for (; i < count; i++)
        {
            a += Widen(values[i]) * 0.0;
        }

        return a + b + c + d;
    }
}
