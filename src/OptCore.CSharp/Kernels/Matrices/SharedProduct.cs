namespace OptCore.Kernels;

/// <summary>C ← C + A·B on several threads; the same bits as on one.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class SharedProduct<T> : SharedTasks
    where T : unmanaged
{
    private const int RowsOfTask = 32;
    private static readonly int Width = MatrixProduct.PanelWidth<T>();

    private MatrixView<T> _a, _b, _c;
    private int _rows, _depth, _columns, _panels, _rowsOfTask;

    /// <summary>Adds the product; the arguments are those of <see cref="MatrixProduct.Add{T}"/>.</summary>
    public void Add(MatrixView<T> a, MatrixView<T> b, MatrixView<T> c, int rows, int depth, int columns, int threads)
    {
        (_a, _b, _c, _rows, _depth, _columns) = (a, b, c, rows, depth, columns);
        _panels = (columns + Width - 1) / Width;

        // A panel is copied once for each task that uses it, so that rows are only cut where there are few panels.
        _rowsOfTask = _panels >= 4 * threads ? Math.Max(rows, 1) : RowsOfTask;
        var tasks = _panels * ((rows + _rowsOfTask - 1) / _rowsOfTask);
        RunAll(tasks, 2L * rows * depth * columns, threads);
    }

    protected override void Do(int task)
    {
        var (row, column) = (task / _panels * _rowsOfTask, task % _panels * Width);
        MatrixProduct.AddPanel(
            _a.From(row),
            _b.From(0, column),
            _c.From(row, column),
            Math.Min(_rowsOfTask, _rows - row),
            _depth,
            Math.Min(Width, _columns - column));
    }
}
