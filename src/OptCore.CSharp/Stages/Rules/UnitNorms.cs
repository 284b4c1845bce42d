using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>The Euclidean norms of the columns of a row-major matrix, in double, in a fixed order of additions.</summary>
internal static class UnitNorms
{
    /// <summary>
    /// The number of units of a tensor stored input first, <c>[in, …, out]</c>: norms are taken over axis 0 for rank 2 and 3, over all axes
    /// but the last from rank 4 on; up to rank 1 the tensor is one unit. They are the columns of a matrix.
    /// </summary>
    /// <param name="shape">The shape of a tensor that is not empty.</param>
    /// <param name="length">The number of its elements.</param>
    public static int UnitsOf(ReadOnlySpan<int> shape, int length) => shape.Length switch
    {
        0 or 1 => 1,
        2 or 3 => length / shape[0],
        _ => shape[^1],
    };

    /// <summary>
    /// √Σ x² of every column. Rescales a column only when its plain sum is not finite or subnormal, so that no norm over-
    /// or underflows on the way. NaN if an element is NaN, else ∞ if one is infinite.
    /// </summary>
    /// <param name="matrix">The elements; their number is a multiple of <paramref name="columns"/>.</param>
    /// <param name="columns">The number of columns, ≥ 1.</param>
    /// <param name="scratch">Memory that is kept from call to call and grows when needed.</param>
    /// <returns>The norms, in the scratch memory.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static Span<double> Of<T>(ReadOnlySpan<T> matrix, int columns, ref double[] scratch)
        where T : unmanaged
    {
        if (scratch.Length < columns)
        {
            scratch = new double[columns];
        }

        var norms = scratch.AsSpan(0, columns);
        if (columns == 1)
        {
            var all = new ElementRange(0, matrix.Length);
            norms[0] = Norm.Of(matrix, new ReadOnlySpan<ElementRange>(in all));
            return norms;
        }

        norms.Clear();
        for (var row = 0; row < matrix.Length; row += columns)
        {
            Rows.AddSquares(matrix.Slice(row, columns), norms);
        }

        for (var i = 0; i < norms.Length; i++)
        {
            norms[i] = double.IsNormal(norms[i]) ? Math.Sqrt(norms[i]) : Rescaled(matrix, i, columns);
        }

        return norms;
    }

    private static double Rescaled<T>(ReadOnlySpan<T> matrix, int column, int columns)
        where T : unmanaged
    {
        double largest = 0;
        for (var i = column; i < matrix.Length; i += columns)
        {
            largest = Math.Max(largest, Math.Abs(Reduction.Widen(matrix[i])));
        }

        if (largest == 0 || !double.IsFinite(largest))
        {
            return largest;
        }

        var scale = Math.ScaleB(1, Math.Clamp(-Math.ILogB(largest), -1022, 1022));
        double sum = 0;
        for (var i = column; i < matrix.Length; i += columns)
        {
            var x = Reduction.Widen(matrix[i]) * scale;
            sum += x * x;
        }

        return Math.Sqrt(sum) / scale;
    }
}
