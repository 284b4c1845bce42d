using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptCore.Kernels;

/// <summary>
/// Sums with one fixed order of additions: float64 accumulators, 32 interleaved partial sums within chunks of 16,384
/// elements, folded in a fixed tree, chunks added in the order of their index. The result does not depend on the vector
/// width nor on the number of threads; its relative error stays near 1e-15 for 1e8 elements. Also the search for values that
/// are not finite.
/// </summary>
internal static unsafe class Reduction
{
    /// <summary>The number of elements of a chunk.</summary>
    public const int Chunk = 16384;

    /// <summary>The number of interleaved partial sums.</summary>
    /// <remarks>Of 512 bits this makes four accumulators, which hide the latency of the multiply-add.</remarks>
    public const int Lanes = 32;

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

    /// <summary>Σ x_i² over a chunk that lies in several runs, with the bits that it has in one.</summary>
    /// <param name="runs">The runs, of whole <see cref="Lanes"/> elements but for the last one; at least one.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SumOfSquares<T>(ReadOnlySpan<Run<T>> runs)
        where T : unmanaged
    {
        fixed (Run<T>* first = runs)
        {
            return Vector512.IsHardwareAccelerated ? SumOfRuns<Sums512, T>(first, runs.Length)
                : Vector256.IsHardwareAccelerated ? SumOfRuns<Sums256, T>(first, runs.Length)
                : SumOfRuns<Sums128, T>(first, runs.Length);
        }
    }

    /// <summary>The chunks of some ranges, in their order.</summary>
    public static ElementRange[] Chunks(ReadOnlySpan<ElementRange> ranges)
    {
        var chunks = new List<ElementRange>();
        foreach (var range in ranges)
        {
            for (var start = range.Start; start < range.End; start += Chunk)
            {
                chunks.Add(new ElementRange(start, Math.Min(start + Chunk, range.End)));
            }
        }

        return [.. chunks];
    }

    /// <summary>max |x_i|; NaN if there is one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static double LargestMagnitude<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        double largest = 0;
        var i = 0;
        if (values.Length >= 2 * Vector512<T>.Count)
        {
            // NaN wins in registers as it does in Math.Max.
            Vector512<T> even = default, odd = default;
            for (; i <= values.Length - (2 * Vector512<T>.Count); i += 2 * Vector512<T>.Count)
            {
                even = Vector512.Max(even, Vector512.Abs(Vector512.Create(values[i..])));
                odd = Vector512.Max(odd, Vector512.Abs(Vector512.Create(values[(i + Vector512<T>.Count)..])));
            }

            even = Vector512.Max(even, odd);
            for (var lane = 0; lane < Vector512<T>.Count; lane++)
            {
                largest = Math.Max(largest, Widen(even.GetElement(lane)));
            }
        }

        for (; i < values.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs(Widen(values[i])));
        }

        return largest;
    }

    /// <summary>The first index within some ranges whose element is NaN or infinite; −1 if all are finite.</summary>
    public static int FirstNonFinite<T>(ReadOnlySpan<T> values, ReadOnlySpan<ElementRange> ranges)
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
            var finite = Vector512.IsHardwareAccelerated ? AreFinite<Simd512<T>, T>(first, values.Length)
                : Vector256.IsHardwareAccelerated ? AreFinite<Simd256<T>, T>(first, values.Length)
                : AreFinite<Simd128<T>, T>(first, values.Length);
            if (finite)
            {
                return -1;
            }
        }

        return FirstNonFiniteOfFew(values);
    }

    /// <summary>The same one by one: nothing is compiled for registers, which takes longer than to look at few.</summary>
    public static int FirstNonFiniteOfFew<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!double.IsFinite(Widen(values[i])))
            {
                return i;
            }
        }

        return -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Widen<T>(T value)
        where T : unmanaged =>
        typeof(T) == typeof(float) ? Unsafe.BitCast<T, float>(value) : Unsafe.BitCast<T, double>(value);

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static double SumOfSquares<V, T>(T* values, int count, double sum)
        where V : struct, ISums<V>
        where T : unmanaged
    {
        for (; count > 0; count -= Chunk, values += Chunk)
        {
            sum += SumOfChunk<V, T>(values, Math.Min(count, Chunk), null, 0);
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static double SumOfRuns<V, T>(Run<T>* runs, int count)
        where V : struct, ISums<V>
        where T : unmanaged => SumOfChunk<V, T>(runs->Values, runs->Length, runs + 1, count - 1);

    // Comparisons of types are decided before anything is compiled: a register that a width does not need costs nothing; nor do further
    // runs where there are none.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double SumOfChunk<V, T>(T* values, int rest, Run<T>* next, int runs)
        where V : struct, ISums<V>
        where T : unmanaged
    {
        // Partial sum number i mod 32, in a ring of 4, 8 or 16 registers.
        FourSums<V> a = default, b = default, c = default, d = default;
        while (true)
        {
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

            if (runs == 0)
            {
                break;
            }

            values = next->Values;
            rest = next->Length;
            next++;
            runs--;
        }

        // The four registers rotate instead of an index. They need not be rotated back: the sum adds opposite ones.
        for (; rest > 0; rest -= V.Count, values += V.Count)
        {
            var last = rest < V.Count ? V.AddSquares(values, rest, a.First) : V.AddSquares(values, a.First);
            if (typeof(V) == typeof(Sums128))
            {
                last = c.Shift(d.Shift(last));
            }

            if (typeof(V) != typeof(Sums512))
            {
                last = b.Shift(last);
            }

            a.Shift(last);
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

        return a.Fold();
    }

    // 0·x is NaN for every x that is not finite, and a sum with NaN stays NaN. Four sums, for speed alone.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static bool AreFinite<V, T>(T* values, nint count)
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        V a = V.Zero, b = V.Zero, c = V.Zero, d = V.Zero;
        for (; count >= 4 * V.Count; count -= 4 * V.Count, values += 4 * V.Count)
        {
            a = V.Fma(V.Load(values), V.Zero, a);
            b = V.Fma(V.Load(values + V.Count), V.Zero, b);
            c = V.Fma(V.Load(values + (2 * V.Count)), V.Zero, c);
            d = V.Fma(V.Load(values + (3 * V.Count)), V.Zero, d);
        }

        for (; count >= V.Count; count -= V.Count, values += V.Count)
        {
            a = V.Fma(V.Load(values), V.Zero, a);
        }

        if (count > 0)
        {
            b = V.Fma(V.Load(values, V.First((int)count), (int)count), V.Zero, b);
        }

        var sums = stackalloc T[V.Count];
        V.Store(sums, a + b + (c + d));
        var sum = 0.0;
        for (var i = 0; i < V.Count; i++)
        {
            sum += Widen(sums[i]);
        }

        return sum == 0;
    }
}

/// <summary>Neighbouring elements.</summary>
internal readonly unsafe struct Run<T>(T* values, int length)
    where T : unmanaged
{
    public readonly T* Values = values;

    public readonly int Length = length;
}
