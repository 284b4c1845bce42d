namespace OptCore.Kernels;

/// <summary>C ← C + A·B on several threads; the same bits as on one.</summary>
internal sealed class SharedProduct : SharedTasks
{
    private const int RowsOfTask = 32;

    private MatrixView _a, _b, _c;
    private int _rows, _depth, _columns, _panels, _rowsOfTask;

    /// <summary>Adds the product; the arguments are those of <see cref="MatrixProduct.Add"/>.</summary>
    public void Add(MatrixView a, MatrixView b, MatrixView c, int rows, int depth, int columns, int threads)
    {
        (_a, _b, _c, _rows, _depth, _columns) = (a, b, c, rows, depth, columns);
        _panels = (columns + MatrixProduct.PanelWidth - 1) / MatrixProduct.PanelWidth;

        // A panel is copied once for each task that uses it, so that rows are only cut where there are few panels.
        _rowsOfTask = _panels >= 4 * threads ? Math.Max(rows, 1) : RowsOfTask;
        var tasks = _panels * ((rows + _rowsOfTask - 1) / _rowsOfTask);
        RunAll(tasks, 2L * rows * depth * columns, threads);
    }

    protected override void Do(int task)
    {
        var (row, column) = (task / _panels * _rowsOfTask, task % _panels * MatrixProduct.PanelWidth);
        MatrixProduct.AddPanel(
            _a.From(row),
            _b.From(0, column),
            _c.From(row, column),
            Math.Min(_rowsOfTask, _rows - row),
            _depth,
            Math.Min(MatrixProduct.PanelWidth, _columns - column));
    }
}
