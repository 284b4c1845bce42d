using System.Numerics;

namespace OptCore.Kernels;

/// <summary>A tensor of rank ≥ 2 as a matrix; worked on with its shorter side as rows.</summary>
/// <param name="Rows">The rows of the tensor's matrix.</param>
/// <param name="Columns">Its columns.</param>
internal readonly record struct MatrixShape(int Rows, int Columns)
{
    /// <summary>The shorter side.</summary>
    public int Short => Math.Min(Rows, Columns);

    /// <summary>The longer side.</summary>
    public int Long => Math.Max(Rows, Columns);

    /// <summary>The first axis by the others, or the others by the last.</summary>
    public static MatrixShape Of(ReadOnlySpan<int> shape, bool outputFirst) => outputFirst
        ? new(shape[0], shape[1..].Product())
        : new(shape[..^1].Product(), shape[^1]);

    /// <summary>Reads the elements into a matrix of Short × Long, row after row.</summary>
    public void Read<T>(ReadOnlySpan<T> elements, MatrixView<double> into)
        where T : unmanaged
    {
        var to = into.Row(0, elements.Length);
        if (Rows <= Columns)
        {
            for (var i = 0; i < to.Length; i++)
            {
                to[i] = Reduction.Widen(elements[i]);
            }

            return;
        }

        for (var i = 0; i < Rows; i++)
        {
            for (var j = 0; j < Columns; j++)
            {
                to[(j * Rows) + i] = Reduction.Widen(elements[(i * Columns) + j]);
            }
        }
    }

    /// <summary>Writes a matrix of Short × Long, row after row, times a scale to the elements.</summary>
    public void Write<T>(MatrixView<double> from, double scale, Span<T> elements)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var source = from.Row(0, elements.Length);
        if (Rows <= Columns)
        {
            for (var i = 0; i < source.Length; i++)
            {
                elements[i] = T.CreateTruncating(source[i] * scale);
            }

            return;
        }

        for (var i = 0; i < Rows; i++)
        {
            for (var j = 0; j < Columns; j++)
            {
                elements[(i * Columns) + j] = T.CreateTruncating(source[(j * Rows) + i] * scale);
            }
        }
    }
}
