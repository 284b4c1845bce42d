namespace OptCore.Kernels;

/// <summary>The orthogonal factor of a square matrix, by Householder reflections.</summary>
/// <remarks>Source: Golub and Van Loan, Matrix Computations, section 5.2.</remarks>
internal static unsafe class OrthogonalFactor
{
    /// <summary>The length of the memory that <see cref="Decompose"/> works in.</summary>
    public static int WorkLength(int size) => checked((size * size) + (2 * size));

    /// <summary>
    /// Q of A = Q R: orthogonal to rounding whatever the rank of A is. The signs of its columns are those that the reflections give.
    /// </summary>
    /// <param name="a">A, with adjacent columns; destroyed.</param>
    /// <param name="size">The rows and columns of A.</param>
    /// <param name="q">Takes Q, with adjacent columns.</param>
    /// <param name="work">Memory of <see cref="WorkLength"/>.</param>
    public static void Decompose(MatrixView<double> a, int size, MatrixView<double> q, Span<double> work)
    {
        fixed (double* memory = work)
        {
            var sums = memory;
            var betas = memory + size;
            var normals = new MatrixView<double>(memory + (2 * size), size);
            for (var k = 0; k < size; k++)
            {
                var left = size - k;
                var v = normals.Row(k, left);
                for (var i = 0; i < left; i++)
                {
                    v[i] = a.Origin[((k + i) * a.RowStride) + k];
                }

                // The reflection does not depend on the length of the column.
                RowOperations.Normalize(v);
                (betas[k], _) = RowOperations.Householder(v);
                if (betas[k] != 0)
                {
                    RowOperations.Reflect(a.From(k, k), left, left, normals.From(k).Origin, betas[k], sums);
                }
            }

            RowOperations.SetIdentity(q, size);
            for (var k = size - 1; k >= 0; k--)
            {
                if (betas[k] != 0)
                {
                    RowOperations.Reflect(q.From(k, k), size - k, size - k, normals.From(k).Origin, betas[k], sums);
                }
            }
        }
    }
}
