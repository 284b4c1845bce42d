using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptCore.Kernels;

/// <summary>
/// C ← C + A·B for matrices in any layout, C with adjacent columns. Every element of C is one chain of fused
/// multiply-adds in the order of the depth, so its bits do not depend on vector width, tiles or threads.
/// </summary>
/// <remarks>
/// A panel of two registers' columns of B is copied so that it lies densely in the first-level cache, 128 deep at a time,
/// and is multiplied with four rows of A at once: eight accumulators, which hide the latency of the multiply-add on 256
/// and 512 bits. A is read where it lies, one broadcast per element.
/// </remarks>
internal static unsafe class MatrixProduct
{
    private const int Rows = 4;
    private const int Depth = 128;
    private const int Line = 64;

    // Two registers of 512 bits.
    private const int WidestRow = 2 * Line;

    /// <summary>The columns of a panel on this machine.</summary>
    public static int PanelWidth<T>()
        where T : unmanaged =>
        2 * (Vector512.IsHardwareAccelerated ? Vector512<T>.Count
            : Vector256.IsHardwareAccelerated ? Vector256<T>.Count
            : Vector128<T>.Count);

    /// <summary>C ← C + A·B on the calling thread.</summary>
    /// <param name="a">A, rows × depth.</param>
    /// <param name="b">B, depth × columns.</param>
    /// <param name="c">C, rows × columns, adjacent columns; must not overlap A or B.</param>
    /// <param name="rows">The rows of A and C.</param>
    /// <param name="depth">The columns of A and rows of B; at 0, C stays.</param>
    /// <param name="columns">The columns of B and C.</param>
    public static void Add<T>(MatrixView<T> a, MatrixView<T> b, MatrixView<T> c, int rows, int depth, int columns)
        where T : unmanaged
    {
        var width = PanelWidth<T>();
        for (var column = 0; column < columns; column += width)
        {
            AddPanel(a, b.From(0, column), c.From(0, column), rows, depth, Math.Min(width, columns - column));
        }
    }

    /// <summary>C ← C + A·B for at most <see cref="PanelWidth{T}"/> columns.</summary>
    /// <inheritdoc cref="Add{T}"/>
    public static void AddPanel<T>(MatrixView<T> a, MatrixView<T> b, MatrixView<T> c, int rows, int depth, int columns)
        where T : unmanaged
    {
        if (Vector512.IsHardwareAccelerated)
        {
            AddPanel<Simd512<T>, T>(a, b, c, rows, depth, columns);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            AddPanel<Simd256<T>, T>(a, b, c, rows, depth, columns);
        }
        else
        {
            AddPanel<Simd128<T>, T>(a, b, c, rows, depth, columns);
        }
    }

    /// <summary><see cref="AddPanel{T}(MatrixView{T}, MatrixView{T}, MatrixView{T}, int, int, int)"/> with a given width.</summary>
    [SkipLocalsInit]
    internal static void AddPanel<V, T>(MatrixView<T> a, MatrixView<T> b, MatrixView<T> c, int rows, int depth, int columns)
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        var memory = stackalloc byte[(Depth * WidestRow) + Line];
        var panel = (T*)(((nint)memory + Line - 1) & ~(nint)(Line - 1));
        for (var k = 0; k < depth; k += Depth)
        {
            var deep = Math.Min(Depth, depth - k);
            Copy(b.From(k), panel, deep, columns, 2 * V.Count);
            for (var row = 0; row < rows; row += Rows)
            {
                var (from, to) = (a.From(row, k), c.From(row));
                Tile<V, T>(
                    from.Origin,
                    from.RowStride,
                    from.ColumnStride,
                    panel,
                    deep,
                    to.Origin,
                    to.RowStride,
                    Math.Min(Rows, rows - row),
                    columns);
            }
        }
    }

    /// <summary>Copies B row by row into a dense panel, zeros behind its columns.</summary>
    private static void Copy<T>(MatrixView<T> b, T* panel, int depth, int columns, int width)
        where T : unmanaged
    {
        if (b.ColumnStride == 1)
        {
            for (var k = 0; k < depth; k++)
            {
                var row = new Span<T>(panel + (k * width), width);
                b.Row(k, columns).CopyTo(row);
                row[columns..].Clear();
            }

            return;
        }

        if (columns < width)
        {
            new Span<T>(panel, depth * width).Clear();
        }

        for (var j = 0; j < columns; j++)
        {
            CopyColumn(b.Origin + (j * b.ColumnStride), b.RowStride, panel + j, width, depth);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void CopyColumn<T>(T* source, nint stride, T* target, nint width, int depth)
        where T : unmanaged
    {
        for (var k = 0; k < depth; k++, source += stride, target += width)
        {
            *target = *source;
        }
    }

    /// <summary>Four rows of A times the panel, added to four rows of C; fewer rows where there are fewer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Tile<V, T>(T* a, nint aRow, nint aColumn, T* panel, int depth, T* c, nint cRow, int rows, int columns)
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        // Rows that are not there repeat the last one, and are not stored.
        var a1 = (rows > 1 ? 1 : 0) * aRow;
        var a2 = rows > 2 ? 2 * aRow : a1;
        var a3 = rows > 3 ? 3 * aRow : a2;
        var low = Math.Min(columns, V.Count);
        var high = columns - low;
        var (lowMask, highMask) = (V.First(low), V.First(high));
        V c00 = V.Zero, c01 = V.Zero, c10 = V.Zero, c11 = V.Zero, c20 = V.Zero, c21 = V.Zero, c30 = V.Zero, c31 = V.Zero;
        Load(c, low, high, lowMask, highMask, ref c00, ref c01);
        if (rows > 1)
        {
            Load(c + cRow, low, high, lowMask, highMask, ref c10, ref c11);
        }

        if (rows > 2)
        {
            Load(c + (2 * cRow), low, high, lowMask, highMask, ref c20, ref c21);
        }

        if (rows > 3)
        {
            Load(c + (3 * cRow), low, high, lowMask, highMask, ref c30, ref c31);
        }

        for (var end = panel + ((nint)depth * 2 * V.Count); panel < end; panel += 2 * V.Count, a += aColumn)
        {
            var (b0, b1) = (V.Load(panel), V.Load(panel + V.Count));
            var x = V.Broadcast(a);
            c00 = V.Fma(x, b0, c00);
            c01 = V.Fma(x, b1, c01);
            x = V.Broadcast(a + a1);
            c10 = V.Fma(x, b0, c10);
            c11 = V.Fma(x, b1, c11);
            x = V.Broadcast(a + a2);
            c20 = V.Fma(x, b0, c20);
            c21 = V.Fma(x, b1, c21);
            x = V.Broadcast(a + a3);
            c30 = V.Fma(x, b0, c30);
            c31 = V.Fma(x, b1, c31);
        }

        Store(c, low, high, lowMask, highMask, c00, c01);
        if (rows > 1)
        {
            Store(c + cRow, low, high, lowMask, highMask, c10, c11);
        }

        if (rows > 2)
        {
            Store(c + (2 * cRow), low, high, lowMask, highMask, c20, c21);
        }

        if (rows > 3)
        {
            Store(c + (3 * cRow), low, high, lowMask, highMask, c30, c31);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load<V, T>(T* c, int low, int high, V lowMask, V highMask, ref V first, ref V second)
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        if (high == V.Count)
        {
            (first, second) = (V.Load(c), V.Load(c + V.Count));
        }
        else
        {
            first = V.Load(c, lowMask, low);
            second = high > 0 ? V.Load(c + V.Count, highMask, high) : V.Zero;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<V, T>(T* c, int low, int high, V lowMask, V highMask, V first, V second)
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        if (high == V.Count)
        {
            V.Store(c, first);
            V.Store(c + V.Count, second);
            return;
        }

        V.Store(c, first, lowMask, low);
        if (high > 0)
        {
            V.Store(c + V.Count, second, highMask, high);
        }
    }
}
