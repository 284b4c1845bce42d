namespace OptCore.Kernels;

/// <summary>
/// A matrix in memory that somebody else keeps alive and in place: element (i, j) is at origin + i·rowStride +
/// j·columnStride. Sizes are those of the operation; nothing here checks them.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal readonly unsafe struct MatrixView<T>(T* origin, nint rowStride, nint columnStride = 1)
    where T : unmanaged
{
    /// <summary>What is done with a pinned point and gradient.</summary>
    public delegate TResult Use<TState, TResult>(MatrixView<T> point, MatrixView<T> gradient, TState state);

    public T* Origin { get; } = origin;

    public nint RowStride { get; } = rowStride;

    public nint ColumnStride { get; } = columnStride;

    /// <summary>True where there is no memory: a result that nobody wants.</summary>
    public bool IsNone => Origin == null;

    public MatrixView<T> Transposed => new(Origin, ColumnStride, RowStride);

    /// <summary>Holds a point and a gradient in place, each as one row, while they are used.</summary>
    public static TResult Pin<TState, TResult>(ReadOnlySpan<T> point, Span<T> gradient, TState state, Use<TState, TResult> use)
    {
        fixed (T* p = point, g = gradient)
        {
            return use(new(p, point.Length), new(g, gradient.Length), state);
        }
    }

    /// <summary>The part that begins at an element.</summary>
    public MatrixView<T> From(int row, int column = 0) =>
        new(Origin + (row * RowStride) + (column * ColumnStride), RowStride, ColumnStride);

    /// <summary>The same elements seen as rows of another length; for rows without gaps.</summary>
    public MatrixView<T> Reshape(int columns) => new(Origin, columns);

    /// <summary>The first elements of a row whose elements are adjacent.</summary>
    public Span<T> Row(int row, int length) => new(Origin + (row * RowStride), length);
}

/// <summary>Matrices in memory of the library.</summary>
internal static unsafe class MatrixView
{
    /// <summary>The rows of a buffer of one vector.</summary>
    public static MatrixView<T> Of<T>(AlignedBuffer<T> buffer, int columns)
        where T : unmanaged => new(buffer.Origin, columns);
}
