namespace OptCore.Kernels;

/// <summary>
/// A tensor seen along one of its axes: so many blocks, each a matrix whose rows are the places along the axis. Row-major; where the axis
/// is the last one the blocks are columns of one element, and are multiplied together.
/// </summary>
/// <param name="Blocks">The product of the axes before.</param>
/// <param name="Length">The length of the axis.</param>
/// <param name="Width">The product of the axes behind.</param>
internal readonly record struct Unfolding(int Blocks, int Length, int Width)
{
    /// <summary>The unfolding along an axis.</summary>
    public static Unfolding Of(ReadOnlySpan<int> shape, int axis) =>
        new(shape[..axis].Product(), shape[axis], shape[(axis + 1)..].Product());

    /// <summary>G ← G + U Uᵀ, where U has a row for every place along the axis.</summary>
    public void AddGram(MatrixView<double> tensor, MatrixView<double> gram, Scratch scratch)
    {
        if (Width == 1)
        {
            var u = tensor.Reshape(Length);
            scratch.Add(u.Transposed, u, gram, Length, Blocks, Length);
            return;
        }

        for (var block = 0; block < Blocks; block++)
        {
            var u = tensor.Reshape(Width).From(block * Length);
            scratch.Add(u, u.Transposed, gram, Length, Width, Length);
        }
    }

    /// <summary>The product A U along the axis: the result in place of U at every other index.</summary>
    /// <param name="tensor">The tensor, its elements one after the other.</param>
    /// <param name="matrix">A.</param>
    /// <param name="result">Takes the product, laid out as the tensor is.</param>
    /// <param name="scratch">Does the products.</param>
    public void Multiply(MatrixView<double> tensor, MatrixView<double> matrix, MatrixView<double> result, Scratch scratch)
    {
        result.Row(0, Blocks * Length * Width).Clear();
        if (Width == 1)
        {
            scratch.Add(tensor.Reshape(Length), matrix.Transposed, result.Reshape(Length), Blocks, Length, Length);
            return;
        }

        for (var block = 0; block < Blocks; block++)
        {
            var (from, to) = (tensor.Reshape(Width).From(block * Length), result.Reshape(Width).From(block * Length));
            scratch.Add(matrix, from, to, Length, Length, Width);
        }
    }
}

/// <summary>Products of axes.</summary>
internal static class Axes
{
    /// <summary>The product of some axes; 1 of none.</summary>
    public static int Product(this ReadOnlySpan<int> lengths)
    {
        var product = 1;
        foreach (var length in lengths)
        {
            product *= length;
        }

        return product;
    }
}
