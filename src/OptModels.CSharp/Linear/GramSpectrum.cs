namespace OptModels;

/// <summary>
/// Bounds of the eigenvalues of AᵀA/n. Up to 64 columns they are computed (cyclic Jacobi rotations) and widened by the
/// rounding error; beyond that they are 0 and the trace ‖A‖²_F/n.
/// </summary>
/// <remarks>Source: Jacobi, 1846; Golub and Van Loan, Matrix Computations, section 8.5.</remarks>
internal static class GramSpectrum
{
    private const int LargestExact = 64;
    private const int Sweeps = 30;

    /// <summary>A lower and an upper bound of the eigenvalues of AᵀA/n.</summary>
    internal static (double Least, double Largest) Bounds(FeatureMatrix matrix)
    {
        var trace = Trace(matrix);
        if (matrix.Columns > LargestExact)
        {
            return (0, trace);
        }

        var gram = Gram(matrix);
        for (var sweep = 0; sweep < Sweeps && OffDiagonal(gram) > 1e-30 * trace * trace; sweep++)
        {
            Sweep(gram);
        }

        var diagonal = Enumerable.Range(0, matrix.Columns).Select(i => gram[i, i]).ToArray();
        var slack = 1e-14 * matrix.Columns * trace;
        return (Math.Max(0, diagonal.Min() - slack), diagonal.Max() + slack);
    }

    /// <summary>‖A‖²_F/n, the mean square norm of the rows.</summary>
    internal static double Trace(FeatureMatrix matrix)
    {
        var sum = 0.0;
        for (var row = 0; row < matrix.Rows; row++)
        {
            for (var i = 0; i < matrix.Columns; i++)
            {
                sum += matrix[row, i] * matrix[row, i];
            }
        }

        return sum / matrix.Rows;
    }

    private static double[,] Gram(FeatureMatrix matrix)
    {
        var gram = new double[matrix.Columns, matrix.Columns];
        for (var row = 0; row < matrix.Rows; row++)
        {
            for (var i = 0; i < matrix.Columns; i++)
            {
                for (var j = 0; j < matrix.Columns; j++)
                {
                    gram[i, j] += matrix[row, i] * matrix[row, j] / matrix.Rows;
                }
            }
        }

        return gram;
    }

    private static double OffDiagonal(double[,] a)
    {
        var sum = 0.0;
        for (var i = 0; i < a.GetLength(0); i++)
        {
            for (var j = 0; j < i; j++)
            {
                sum += 2 * a[i, j] * a[i, j];
            }
        }

        return sum;
    }

    private static void Sweep(double[,] a)
    {
        for (var p = 0; p < a.GetLength(0); p++)
        {
            for (var q = p + 1; q < a.GetLength(0); q++)
            {
                if (a[p, q] != 0)
                {
                    Rotate(a, p, q);
                }
            }
        }
    }

    /// <summary>a ← JᵀaJ with the plane rotation J that makes a[p, q] zero.</summary>
    private static void Rotate(double[,] a, int p, int q)
    {
        var theta = (a[q, q] - a[p, p]) / (2 * a[p, q]);
        var tangent = (theta >= 0 ? 1 : -1) / (Math.Abs(theta) + Math.Sqrt((theta * theta) + 1));
        var cosine = 1 / Math.Sqrt((tangent * tangent) + 1);
        var sine = tangent * cosine;
        for (var k = 0; k < a.GetLength(0); k++)
        {
            (a[k, p], a[k, q]) = ((cosine * a[k, p]) - (sine * a[k, q]), (sine * a[k, p]) + (cosine * a[k, q]));
        }

        for (var k = 0; k < a.GetLength(0); k++)
        {
            (a[p, k], a[q, k]) = ((cosine * a[p, k]) - (sine * a[q, k]), (sine * a[p, k]) + (cosine * a[q, k]));
        }
    }
}
