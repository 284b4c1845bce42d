using System.Runtime.InteropServices;

namespace OptCore.Kernels;

/// <summary>
/// The eigenvalues and eigenvectors of a symmetric matrix, by reduction to a tridiagonal one with Householder reflections and
/// QL steps with implicit shifts. The errors of the eigenvalues are about the rounding error of the largest one, and smaller where the
/// matrix is graded: rows are reduced in the order of the diagonal, the largest first, which keeps what is small beside it.
/// </summary>
/// <remarks>Source: Golub and Van Loan, Matrix Computations, sections 8.3 and 8.4; Dubrulle, Martin and Wilkinson 1968.</remarks>
internal static unsafe class SymmetricEigen
{
    // Two or three are usual.
    private const int StepsPerEigenvalue = 60;

    private const double Rounding = 1.0 / (1L << 52);

    /// <summary>The length of the memory that <see cref="Decompose"/> works in.</summary>
    public static int WorkLength(int size) => 5 * size;

    /// <summary>A = Σ λ_k q_k q_kᵀ.</summary>
    /// <param name="a">A, both halves, row after row; destroyed.</param>
    /// <param name="size">The rows and columns of A.</param>
    /// <param name="values">Takes the λ_k, falling. NaN where an element of A is not finite.</param>
    /// <param name="vectors">Takes the q_k as rows, adjacent columns. NaN where an element of A is not finite.</param>
    /// <param name="work">Memory of <see cref="WorkLength"/>.</param>
    public static void Decompose(MatrixView<double> a, int size, Span<double> values, MatrixView<double> vectors, Span<double> work)
    {
        var scale = RowOperations.Normalize(new(a.Origin, size * size));
        if (double.IsNaN(scale))
        {
            Fill(size, values, vectors);
            return;
        }

        fixed (double* memory = work)
        {
            var beside = new Span<double>(memory + (3 * size), size);
            var order = MemoryMarshal.Cast<double, int>(new Span<double>(memory + (4 * size), size))[..size];
            Order(a, size, order);
            Permute(a, size, order, vectors);
            Tridiagonalize(a, size, values, beside, vectors, memory);
            Reverse(values, beside, vectors, size);
            Diagonalize(values, beside, vectors, size);
            Reverse(values, beside, vectors, size);
            PermuteBack(vectors, size, order, memory);
        }

        Sort(values, vectors, size);
        foreach (ref var value in values)
        {
            value /= scale;
        }
    }

    private static void Fill(int size, Span<double> values, MatrixView<double> vectors)
    {
        values.Fill(double.NaN);
        for (var i = 0; i < size; i++)
        {
            vectors.Row(i, size).Fill(double.NaN);
        }
    }

    // The places by falling diagonal, equal ones in their order.
    private static void Order(MatrixView<double> a, int size, Span<int> order)
    {
        for (var k = 0; k < size; k++)
        {
            var place = k;
            for (; place > 0 && Diagonal(a, order[place - 1]) < Diagonal(a, k); place--)
            {
                order[place] = order[place - 1];
            }

            order[place] = k;
        }
    }

    private static double Diagonal(MatrixView<double> a, int i) => a.Origin[(i * a.RowStride) + i];

    private static void Permute(MatrixView<double> a, int size, ReadOnlySpan<int> order, MatrixView<double> copy)
    {
        for (var i = 0; i < size; i++)
        {
            var from = a.Row(order[i], size);
            var to = copy.Row(i, size);
            for (var j = 0; j < size; j++)
            {
                to[j] = from[order[j]];
            }
        }

        for (var i = 0; i < size; i++)
        {
            copy.Row(i, size).CopyTo(a.Row(i, size));
        }
    }

    private static void PermuteBack(MatrixView<double> vectors, int size, ReadOnlySpan<int> order, double* work)
    {
        var copy = new Span<double>(work, size);
        for (var k = 0; k < size; k++)
        {
            var vector = vectors.Row(k, size);
            vector.CopyTo(copy);
            for (var i = 0; i < size; i++)
            {
                vector[order[i]] = copy[i];
            }
        }
    }

    // QL begins at the end where numbers are small.
    private static void Reverse(Span<double> diagonal, Span<double> beside, MatrixView<double> rows, int size)
    {
        diagonal.Reverse();
        beside[..Math.Max(size - 1, 0)].Reverse();
        for (var i = 0; i < size / 2; i++)
        {
            Swap(rows.Row(i, size), rows.Row(size - 1 - i, size));
        }
    }

    // A = Q T Qᵀ with T of a diagonal and what is beside it; the rows of Qᵀ.
    private static void Tridiagonalize(
        MatrixView<double> a, int size, Span<double> diagonal, Span<double> beside, MatrixView<double> rows, double* work)
    {
        var sums = work;
        var betas = work + size;
        for (var k = 0; k < size - 1; k++)
        {
            var left = size - k - 1;
            var v = a.Origin + (k * a.RowStride) + k + 1;
            diagonal[k] = v[-1];
            (betas[k], beside[k]) = RowOperations.Householder(new(v, left));
            if (betas[k] != 0)
            {
                ReflectBothSides(a.From(k + 1, k + 1), left, v, betas[k], sums);
            }
        }

        if (size > 0)
        {
            diagonal[size - 1] = a.Origin[((size - 1) * a.RowStride) + size - 1];
            beside[size - 1] = 0;
        }

        RowOperations.SetIdentity(rows, size);
        for (var k = size - 2; k >= 0; k--)
        {
            if (betas[k] != 0)
            {
                var left = size - k - 1;
                RowOperations.Reflect(rows.From(k + 1, k + 1), left, left, a.Origin + (k * a.RowStride) + k + 1, betas[k], sums);
            }
        }

        Transpose(rows, size);
    }

    // A ← (I − β v vᵀ) A (I − β v vᵀ) = A − v wᵀ − w vᵀ.
    private static void ReflectBothSides(MatrixView<double> a, int size, double* v, double beta, double* w)
    {
        new Span<double>(w, size).Clear();
        for (var i = 0; i < size; i++)
        {
            RowOperations.AddScaled(w, a.Origin + (i * a.RowStride), beta * v[i], size);
        }

        var inner = 0.0;
        for (var i = 0; i < size; i++)
        {
            inner += w[i] * v[i];
        }

        RowOperations.AddScaled(w, v, -0.5 * beta * inner, size);
        for (var i = 0; i < size; i++)
        {
            RowOperations.SubtractBoth(a.Origin + (i * a.RowStride), w, v[i], v, w[i], size);
        }
    }

    // QL with implicit shifts: rotations that take what is beside the diagonal to 0, from the last row upwards.
    private static void Diagonalize(Span<double> d, Span<double> e, MatrixView<double> rows, int size)
    {
        for (var first = 0; first < size; first++)
        {
            for (var step = 0; step < StepsPerEigenvalue; step++)
            {
                var last = first;
                while (last < size - 1 && Math.Abs(e[last]) > Rounding * (Math.Abs(d[last]) + Math.Abs(d[last + 1])))
                {
                    last++;
                }

                if (last == first)
                {
                    break;
                }

                Sweep(d, e, rows, size, first, last);
            }
        }
    }

    private static void Sweep(Span<double> d, Span<double> e, MatrixView<double> rows, int size, int first, int last)
    {
        // The eigenvalue of the leading 2 × 2 that is nearer to its first element is the shift.
        var ratio = (d[first + 1] - d[first]) / (2 * e[first]);
        var root = double.Hypot(ratio, 1);
        var g = d[last] - d[first] + (e[first] / (ratio + Math.CopySign(root, ratio)));
        var (sine, cosine, shift) = (1.0, 1.0, 0.0);
        for (var i = last - 1; i >= first; i--)
        {
            var (f, b) = (sine * e[i], cosine * e[i]);
            root = double.Hypot(f, g);
            e[i + 1] = root;
            if (root == 0)
            {
                // Splits here by underflow.
                d[i + 1] -= shift;
                e[last] = 0;
                return;
            }

            (sine, cosine) = (f / root, g / root);
            g = d[i + 1] - shift;
            var r = ((d[i] - g) * sine) + (2 * cosine * b);
            shift = sine * r;
            d[i + 1] = g + shift;
            g = (cosine * r) - b;
            RowOperations.Rotate(rows.Origin + (i * rows.RowStride), rows.Origin + ((i + 1) * rows.RowStride), cosine, sine, size);
        }

        d[first] -= shift;
        e[first] = g;
        e[last] = 0;
    }

    // Equal ones stay in their order: the eigenvectors of a multiple of the identity are the axes.
    private static void Sort(Span<double> values, MatrixView<double> vectors, int size)
    {
        for (var k = 1; k < size; k++)
        {
            for (var i = k; i > 0 && values[i] > values[i - 1]; i--)
            {
                (values[i - 1], values[i]) = (values[i], values[i - 1]);
                Swap(vectors.Row(i - 1, size), vectors.Row(i, size));
            }
        }
    }

    private static void Swap(Span<double> x, Span<double> y)
    {
        for (var i = 0; i < x.Length; i++)
        {
            (x[i], y[i]) = (y[i], x[i]);
        }
    }

    private static void Transpose(MatrixView<double> a, int size)
    {
        for (var i = 1; i < size; i++)
        {
            for (var j = 0; j < i; j++)
            {
                ref var x = ref a.Origin[(i * a.RowStride) + j];
                ref var y = ref a.Origin[(j * a.RowStride) + i];
                (x, y) = (y, x);
            }
        }
    }
}
