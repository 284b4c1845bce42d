using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OptCore.Kernels;

/// <summary>
/// Operations on the rows of a matrix, for rules on whole tensors. Elementwise ones round as the scalar operation does, and
/// sums have one fixed order, so that results do not depend on the vector width. Optimized at once, as every loop that a step
/// runs: with tiering the first 200 ms are 10 to 100 times slower.
/// </summary>
internal static class Rows
{
    /// <summary>sums_i ← sums_i + x_i², the elements widened exactly, the square rounded.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void AddSquares<T>(ReadOnlySpan<T> row, Span<double> sums)
        where T : unmanaged
    {
        var i = 0;
        if (typeof(T) == typeof(float))
        {
            var values = MemoryMarshal.Cast<T, float>(row);
            for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector.Widen(new Vector<float>(values[i..]), out var low, out var high);
                AddSquare(low, sums[i..]);
                AddSquare(high, sums[(i + Vector<double>.Count)..]);
            }
        }
        else
        {
            var values = MemoryMarshal.Cast<T, double>(row);
            for (; i <= values.Length - Vector<double>.Count; i += Vector<double>.Count)
            {
                AddSquare(new Vector<double>(values[i..]), sums[i..]);
            }
        }

        for (; i < row.Length; i++)
        {
            var x = Reduction.Widen(row[i]);
            sums[i] += x * x;
        }
    }

    /// <summary>next_i ← β old_i + (1−β) x_i. The three are of one length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static unsafe void Average<T>(ReadOnlySpan<T> old, ReadOnlySpan<T> x, double beta, Span<T> next)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* from = old, other = x, to = next)
        {
            T b = T.CreateTruncating(beta), a = T.CreateTruncating(1 - beta);
            Vector<T> ofOld = new(b), ofOther = new(a);
            var i = 0;
            for (; i <= next.Length - Vector<T>.Count; i += Vector<T>.Count)
            {
                ((ofOld * Vector.Load(from + i)) + (ofOther * Vector.Load(other + i))).Store(to + i);
            }

            for (; i < next.Length; i++)
            {
                to[i] = (b * from[i]) + (a * other[i]);
            }
        }
    }

    /// <summary>x_i ← x_i · factors_i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Multiply<T>(Span<T> row, ReadOnlySpan<T> factors)
        where T : unmanaged, INumberBase<T>
    {
        var i = 0;
        for (; i <= row.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            (new Vector<T>(row[i..]) * new Vector<T>(factors[i..])).CopyTo(row[i..]);
        }

        for (; i < row.Length; i++)
        {
            row[i] *= factors[i];
        }
    }

    /// <summary>x_i ← x_i · factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Multiply<T>(Span<T> row, T factor)
        where T : unmanaged, INumberBase<T>
    {
        var i = 0;
        var factors = new Vector<T>(factor);
        for (; i <= row.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            (new Vector<T>(row[i..]) * factors).CopyTo(row[i..]);
        }

        for (; i < row.Length; i++)
        {
            row[i] *= factor;
        }
    }

    /// <summary>x_i ← x_i − value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Subtract<T>(Span<T> row, T value)
        where T : unmanaged, INumberBase<T>
    {
        var i = 0;
        var values = new Vector<T>(value);
        for (; i <= row.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            (new Vector<T>(row[i..]) - values).CopyTo(row[i..]);
        }

        for (; i < row.Length; i++)
        {
            row[i] -= value;
        }
    }

    /// <summary>Σ x_i in float64: eight interleaved partial sums, number i mod 8, folded 8 → 4 → 2 → 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static double Sum<T>(ReadOnlySpan<T> row)
        where T : unmanaged
    {
        double s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
        var i = 0;
        for (; i <= row.Length - 8; i += 8)
        {
            s0 += Reduction.Widen(row[i]);
            s1 += Reduction.Widen(row[i + 1]);
            s2 += Reduction.Widen(row[i + 2]);
            s3 += Reduction.Widen(row[i + 3]);
            s4 += Reduction.Widen(row[i + 4]);
            s5 += Reduction.Widen(row[i + 5]);
            s6 += Reduction.Widen(row[i + 6]);
            s7 += Reduction.Widen(row[i + 7]);
        }

        Span<double> sums = [s0, s1, s2, s3, s4, s5, s6, s7];
        for (var k = 0; i < row.Length; i++, k++)
        {
            sums[k] += Reduction.Widen(row[i]);
        }

        return (sums[0] + sums[4] + (sums[2] + sums[6])) + (sums[1] + sums[5] + (sums[3] + sums[7]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddSquare(Vector<double> x, Span<double> sums) => ((x * x) + new Vector<double>(sums)).CopyTo(sums);
}
