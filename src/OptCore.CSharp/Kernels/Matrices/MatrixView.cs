namespace OptCore.Kernels;

/// <summary>
/// A matrix in memory that somebody else keeps alive and in place: element (i, j) is at origin + i·rowStride +
/// j·columnStride. Sizes are those of the operation; nothing here checks them.
/// </summary>
internal readonly unsafe struct MatrixView(double* origin, nint rowStride, nint columnStride = 1)
{
    /// <summary>What is done with a pinned point and gradient.</summary>
    public delegate TResult Use<TState, TResult>(MatrixView point, MatrixView gradient, TState state);

    public double* Origin { get; } = origin;

    public nint RowStride { get; } = rowStride;

    public nint ColumnStride { get; } = columnStride;

    /// <summary>True where there is no memory: a result that nobody wants.</summary>
    public bool IsNone => Origin == null;

    public MatrixView Transposed => new(Origin, ColumnStride, RowStride);

    /// <summary>The rows of a buffer of one vector.</summary>
    public static MatrixView Of(AlignedBuffer<double> buffer, int columns) => new(buffer.Origin, columns);

    /// <summary>Holds a point and a gradient in place, each as one row, while they are used.</summary>
    public static TResult Pin<TState, TResult>(ReadOnlySpan<double> point, Span<double> gradient, TState state, Use<TState, TResult> use)
    {
        fixed (double* p = point, g = gradient)
        {
            return use(new(p, point.Length), new(g, gradient.Length), state);
        }
    }

    /// <summary>The part that begins at an element.</summary>
    public MatrixView From(int row, int column = 0) => new(Origin + (row * RowStride) + (column * ColumnStride), RowStride, ColumnStride);

    /// <summary>The same elements seen as rows of another length; for rows without gaps.</summary>
    public MatrixView Reshape(int columns) => new(Origin, columns);

    /// <summary>The first elements of a row whose elements are adjacent.</summary>
    public Span<double> Row(int row, int length) => new(Origin + (row * RowStride), length);
}
