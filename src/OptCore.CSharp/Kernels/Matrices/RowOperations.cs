using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OptCore.Kernels;

/// <summary>
/// What decompositions do with whole rows, whose elements are adjacent. Every element is computed by the same products and sums
/// whatever the width of the registers, so bits do not depend on it.
/// </summary>
internal static unsafe class RowOperations
{
    /// <summary>y ← y + a x.</summary>
    public static void AddScaled(double* y, double* x, double a, int length)
    {
        var to = Registers(y, length);
        var from = Registers(x, length);
        for (var i = 0; i < to.Length; i++)
        {
            to[i] += a * from[i];
        }

        for (var i = to.Length * Vector<double>.Count; i < length; i++)
        {
            y[i] += a * x[i];
        }
    }

    /// <summary>y ← y − (a x + b z).</summary>
    public static void SubtractBoth(double* y, double* x, double a, double* z, double b, int length)
    {
        var to = Registers(y, length);
        var first = Registers(x, length);
        var second = Registers(z, length);
        for (var i = 0; i < to.Length; i++)
        {
            to[i] -= (a * first[i]) + (b * second[i]);
        }

        for (var i = to.Length * Vector<double>.Count; i < length; i++)
        {
            y[i] -= (a * x[i]) + (b * z[i]);
        }
    }

    /// <summary>(x, y) ← (c x − s y, s x + c y).</summary>
    public static void Rotate(double* x, double* y, double cosine, double sine, int length)
    {
        var first = Registers(x, length);
        var second = Registers(y, length);
        for (var i = 0; i < first.Length; i++)
        {
            var (a, b) = (first[i], second[i]);
            first[i] = (cosine * a) - (sine * b);
            second[i] = (sine * a) + (cosine * b);
        }

        for (var i = first.Length * Vector<double>.Count; i < length; i++)
        {
            (x[i], y[i]) = ((cosine * x[i]) - (sine * y[i]), (sine * x[i]) + (cosine * y[i]));
        }
    }

    /// <summary>A ← (I − β v vᵀ) A.</summary>
    /// <param name="a">A, with adjacent columns.</param>
    /// <param name="rows">The rows of A, the length of v.</param>
    /// <param name="columns">The columns of A.</param>
    /// <param name="v">v.</param>
    /// <param name="beta">β.</param>
    /// <param name="sums">Memory for a row.</param>
    public static void Reflect(MatrixView<double> a, int rows, int columns, double* v, double beta, double* sums)
    {
        new Span<double>(sums, columns).Clear();
        for (var i = 0; i < rows; i++)
        {
            AddScaled(sums, a.Origin + (i * a.RowStride), v[i], columns);
        }

        for (var i = 0; i < rows; i++)
        {
            AddScaled(a.Origin + (i * a.RowStride), sums, -beta * v[i], columns);
        }
    }

    /// <summary>
    /// Makes of x the v of the reflection I − β v vᵀ that takes x to a multiple of the first axis.
    /// </summary>
    /// <returns>β, and the multiple; β = 0 where x is one already.</returns>
    public static (double Beta, double Multiple) Householder(Span<double> x)
    {
        var tail = 0.0;
        for (var i = 1; i < x.Length; i++)
        {
            tail += x[i] * x[i];
        }

        if (tail == 0)
        {
            return (0, x[0]);
        }

        // Away from zero: no digits are lost in the first element.
        var norm = Math.Sqrt((x[0] * x[0]) + tail);
        var multiple = x[0] > 0 ? -norm : norm;
        x[0] -= multiple;
        return (2 / ((x[0] * x[0]) + tail), multiple);
    }

    /// <summary>Multiplies with a power of two, so that no square over- or underflows and no digit changes.</summary>
    /// <returns>The power; 1 where all elements are 0. NaN, and nothing is changed, where one is not finite.</returns>
    public static double Normalize(Span<double> x)
    {
        var largest = 0.0;
        foreach (var element in x)
        {
            largest = Math.Max(largest, Math.Abs(element));
        }

        if (!double.IsFinite(largest))
        {
            return double.NaN;
        }

        var scale = largest == 0 ? 1 : Math.ScaleB(1, -Math.Clamp(Math.ILogB(largest), -1000, 1000));
        foreach (ref var element in x)
        {
            element *= scale;
        }

        return scale;
    }

    /// <summary>A ← I.</summary>
    public static void SetIdentity(MatrixView<double> a, int size)
    {
        for (var i = 0; i < size; i++)
        {
            var row = a.Row(i, size);
            row.Clear();
            row[i] = 1;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Span<Vector<double>> Registers(double* x, int length) =>
        MemoryMarshal.Cast<double, Vector<double>>(new Span<double>(x, length));
}
