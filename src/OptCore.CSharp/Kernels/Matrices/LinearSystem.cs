namespace OptCore.Kernels;

/// <summary>Small systems of linear equations, by Gaussian elimination with partial pivoting.</summary>
/// <remarks>Source: Golub and Van Loan, Matrix Computations, section 3.4.</remarks>
internal static class LinearSystem
{
    /// <summary>Factors A into P A = L U, in place; a pivot of 0 stays, and what is solved with it is not finite.</summary>
    /// <param name="a">A, with adjacent columns.</param>
    /// <param name="size">The rows and columns of A.</param>
    /// <param name="order">Takes the rows in their new order.</param>
    public static void Factor(MatrixView<double> a, int size, Span<int> order)
    {
        for (var k = 0; k < size; k++)
        {
            order[k] = k;
        }

        for (var k = 0; k < size; k++)
        {
            var pivot = Pivot(a, size, k);
            if (pivot != k)
            {
                (order[k], order[pivot]) = (order[pivot], order[k]);
                for (var j = 0; j < size; j++)
                {
                    (a.Row(k, size)[j], a.Row(pivot, size)[j]) = (a.Row(pivot, size)[j], a.Row(k, size)[j]);
                }
            }

            var upper = a.Row(k, size);
            for (var i = k + 1; i < size; i++)
            {
                var row = a.Row(i, size);
                row[k] /= upper[k];
                for (var j = k + 1; j < size; j++)
                {
                    row[j] -= row[k] * upper[j];
                }
            }
        }
    }

    /// <summary>Solves A x = b.</summary>
    /// <param name="factors">What <see cref="Factor"/> left of A.</param>
    /// <param name="order">The order of the rows that it found.</param>
    /// <param name="b">b.</param>
    /// <param name="x">Takes x; not the memory of b.</param>
    public static void Solve(MatrixView<double> factors, ReadOnlySpan<int> order, ReadOnlySpan<double> b, Span<double> x)
    {
        var size = x.Length;
        for (var i = 0; i < size; i++)
        {
            var row = factors.Row(i, size);
            var sum = b[order[i]];
            for (var j = 0; j < i; j++)
            {
                sum -= row[j] * x[j];
            }

            x[i] = sum;
        }

        for (var i = size - 1; i >= 0; i--)
        {
            var row = factors.Row(i, size);
            var sum = x[i];
            for (var j = i + 1; j < size; j++)
            {
                sum -= row[j] * x[j];
            }

            x[i] = sum / row[i];
        }
    }

    // The row from k on with the largest element in column k.
    private static int Pivot(MatrixView<double> a, int size, int k)
    {
        var pivot = k;
        for (var i = k + 1; i < size; i++)
        {
            if (Math.Abs(a.Row(i, size)[k]) > Math.Abs(a.Row(pivot, size)[k]))
            {
                pivot = i;
            }
        }

        return pivot;
    }
}
