using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptCore.Kernels;

/// <summary>
/// Sums with one fixed order of additions: float64 accumulators, 32 interleaved partial sums within chunks of 16,384
/// elements, folded in a fixed tree, chunks added in the order of their index. The result does not depend on the vector
/// width nor on the number of threads; its relative error stays near 1e-15 for 1e8 elements. Also the search for values that
/// are not finite.
/// </summary>
internal static unsafe partial class Reduction
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
            return SumOfSquares<T, OneBlock<T>>(new OneBlock<T>(first), 0, values.Length, sum);
        }
    }

    /// <summary>Σ x_i² over one chunk of the caller's tensors, with the bits of a vector that has its elements.</summary>
    /// <param name="places">Where tensors are.</param>
    /// <param name="tensors">Those that have the elements, beginning with that of the first one; none is empty.</param>
    /// <param name="source">The gradient or the parameters.</param>
    /// <param name="chunk">The elements.</param>
    public static double SumOfSquares<T>(
        ReadOnlySpan<TensorPlace<T>> places, ReadOnlySpan<int> tensors, Source source, ElementRange chunk)
        where T : unmanaged
    {
        if (places[tensors[0]].Range.End >= chunk.End)
        {
            return SumOfSquares<T, OneBlock<T>>(new OneBlock<T>(places[tensors[0]].Origin(source)), chunk.Start, chunk.End, 0);
        }

        var gathered = stackalloc T[Lanes];
        fixed (TensorPlace<T>* first = places)
        {
            fixed (int* indices = tensors)
            {
                var blocks = new ManyBlocks<T>(first, indices, tensors.Length, source, gathered);
                return SumOfSquares<T, ManyBlocks<T>>(blocks, chunk.Start, chunk.End, 0);
            }
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

    // The hardware's width is a constant of the compiled code, so that the other two are not even loaded.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double SumOfSquares<T, B>(B blocks, nint start, nint end, double sum)
        where T : unmanaged
        where B : struct, IBlocks<T> =>
        Vector512.IsHardwareAccelerated ? SumOfSquares<Sums512, T, B>(blocks, start, end, sum)
        : Vector256.IsHardwareAccelerated ? SumOfSquares<Sums256, T, B>(blocks, start, end, sum)
        : SumOfSquares<Sums128, T, B>(blocks, start, end, sum);

    // Comparisons of types are decided before anything is compiled: a register that a width does not need costs nothing.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static double SumOfSquares<V, T, B>(B blocks, nint start, nint end, double sum)
        where V : struct, ISums<V>
        where T : unmanaged
        where B : struct, IBlocks<T>
    {
        while (start < end)
        {
            // Partial sum number i mod 32, in a ring of 4, 8 or 16 registers.
            FourSums<V> a = default, b = default, c = default, d = default;
            var last = Math.Min(end, start + Chunk);
            while (last - start >= Lanes)
            {
                var values = blocks.Find(start, last, out var count);
                if (typeof(B) != typeof(OneBlock<T>) && count < Lanes)
                {
                    // On the seam of tensors: whole registers of both, and one that is put together.
                    T* one = values, joined = blocks.Room;
                    var ofOne = count;
                    var next = blocks.Next(ref one, start, ref ofOne);
                    if (ofOne % V.Count != 0)
                    {
                        var whole = ofOne - (ofOne % V.Count);
                        V.Join(one + whole, next + whole, (int)(ofOne - whole), joined);
                    }

                    a.AddSquares(one, next, ofOne, 0, joined);
                    if (typeof(V) != typeof(Sums512))
                    {
                        b.AddSquares(one, next, ofOne, 4 * V.Count, joined);
                    }

                    if (typeof(V) == typeof(Sums128))
                    {
                        c.AddSquares(one, next, ofOne, 8 * V.Count, joined);
                        d.AddSquares(one, next, ofOne, 12 * V.Count, joined);
                    }

                    start += Lanes;
                    continue;
                }

                start += count;
                for (; count >= Lanes; count -= Lanes, values += Lanes)
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

                start -= count;
            }

            // The four registers rotate instead of an index. They need not be rotated back: the sum adds opposite ones.
            if (start < last)
            {
                var values = blocks.FindRest(start, last);
                for (var rest = (int)(last - start); rest > 0; rest -= V.Count, values += V.Count)
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

                start = last;
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
