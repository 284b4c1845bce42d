using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Orthogonalization by Newton–Schulz steps: every matrix of the update is replaced by about its orthogonal factor UVᵀ, so that all
/// of its directions become equally long.
/// <code>
/// X = M/(‖M‖ + ε), transposed if M has more rows than columns   (per tensor, as a matrix M)
/// Steps times:  B' = X Xᵀ;  X = a X + (b B' + c B'²) X
/// u = X · √max(1, out/in)  (WidthScale);  Rms > 0:  u = X · Rms · √max(rows, columns)
/// </code>
/// </summary>
/// <remarks>
/// A tensor of rank &gt; 2 is the matrix of its first axis (OutputFirst, as PyTorch stores weights) or of its last (Flax). With the
/// default a, b, c five steps bring singular values between about 0.7 and 1.2; <c>A = 1.5, B = -0.5, C = 0.0</c> with enough steps brings
/// them to 1. The direction is dimensionless. No state. A zero matrix stays 0, one that is not finite becomes NaN as a whole. Tensors of
/// rank 0 and 1 that have elements are an error when the plan is made: scope it, or give them another part of a <c>partition</c>.
/// <para>Source: Jordan 2024 (Newton–Schulz steps of Muon; Björck &amp; Bowie 1971, Higham 2008). Equals Optax and Keras. Differs: Jordan
/// and PyTorch iterate in bfloat16; Jordan's scale for kernels looks at the last two axes of the kernel, not at the matrix.</para>
/// </remarks>
/// <example><c>sgd 0.02 |> momentum 0.95 |> orthogonalize</c>,
/// <c>sgd 0.02 |> orthogonalizeWith (Orthogonalize(Steps = 6, Rms = 0.2))</c></example>
[Word("orthogonalize")]
public sealed record Orthogonalize : IFusedStage, ITensorCheck
{
    /// <summary>The number of steps: ≥ 1.</summary>
    public int Steps { get; init => field = Require.Count(value, nameof(Steps)); } = 5;

    /// <summary>ε, added to the norm of the matrix, in its units: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-7;

    /// <summary>a, what a step takes of X: finite.</summary>
    public double A { get; init => field = Require.Finite(value, nameof(A)); } = 3.4445;

    /// <summary>b, what a step takes of X Xᵀ X: finite.</summary>
    public double B { get; init => field = Require.Finite(value, nameof(B)); } = -4.775;

    /// <summary>c, what a step takes of (X Xᵀ)² X: finite.</summary>
    public double C { get; init => field = Require.Finite(value, nameof(C)); } = 2.0315;

    /// <summary>Whether the result is scaled by √max(1, out/in).</summary>
    public bool WidthScale { get; init; } = true;

    /// <summary>Whether out is the first axis and in are the others; else out is the last one and in are those before.</summary>
    public bool OutputFirst { get; init; } = true;

    /// <summary>The root mean square that the elements of an orthogonal result get, in place of the scale by widths: ≥ 0; 0 for
    /// none.</summary>
    public double Rms { get; init => field = Require.NonNegative(value, nameof(Rms)); }

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        $"per tensor: X = M/(‖M‖ + ε); {Steps} times X = a X + (b XXᵀ + c (XXᵀ)²) X; "
        + (Rms > 0 ? "u = X·rms·√max(rows, columns)" : WidthScale ? "u = X·√max(1, out/in)" : "u = X");

    StageTraits IStage.Traits => StageTraits.RestsAtZero | (Epsilon == 0 ? StageTraits.ScaleFree : StageTraits.None);

    void ITensorCheck.CheckTensor(TensorInfo tensor)
    {
        if (tensor.Shape.Count < 2 && tensor.Length > 0)
        {
            throw new ArgumentException(
                $"orthogonalize needs tensors of rank 2 or more; \"{tensor.Name}\" has rank {tensor.Shape.Count}. Leave it out with a "
                + "scope, or give it a part of its own in a partition.");
        }
    }

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var scratch = builder.Scratch();
        builder.Tensors(tensor => Apply(tensor, scratch));
    }

    private void Apply<T>(TensorStep<T> tensor, Scratch scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (tensor.Update.IsEmpty)
        {
            return;
        }

        var matrix = MatrixShape.Of(tensor.Shape, OutputFirst);
        var length = tensor.Update.Length;
        var x = scratch.Matrix(0, matrix.Short, matrix.Long);
        matrix.Read<T>(tensor.Update, x);
        var norm = Norm.Of<double>(x.Row(0, length), [new ElementRange(0, length)]) + Epsilon;
        foreach (ref var element in x.Row(0, length))
        {
            element = norm == 0 ? 0 : element / norm;
        }

        var y = scratch.Matrix(1, matrix.Short, matrix.Long);
        for (var step = 0; step < Steps; step++)
        {
            Iterate(x, y, matrix.Short, matrix.Long, scratch);
            (x, y) = (y, x);
        }

        var (output, input) = OutputFirst ? (matrix.Rows, matrix.Columns) : (matrix.Columns, matrix.Rows);
        var scale = Rms > 0 ? Rms * Math.Sqrt(matrix.Long) : WidthScale ? Math.Sqrt(Math.Max(1, (double)output / input)) : 1;
        matrix.Write(x, scale, tensor.Update);
    }

    // y = (a I + b B' + c B'²) x
    private void Iterate(MatrixView<double> x, MatrixView<double> y, int rows, int columns, Scratch scratch)
    {
        var (gram, square) = (scratch.Matrix(2, rows, rows), scratch.Matrix(3, rows, rows));
        var g = gram.Row(0, rows * rows);
        var s = square.Row(0, rows * rows);
        g.Clear();
        scratch.Add(x, x.Transposed, gram, rows, columns, rows);
        s.Clear();
        scratch.Add(gram, gram, square, rows, rows, rows);
        for (var i = 0; i < g.Length; i++)
        {
            s[i] = (B * g[i]) + (C * s[i]);
        }

        for (var i = 0; i < s.Length; i += rows + 1)
        {
            s[i] += A;
        }

        y.Row(0, rows * columns).Clear();
        scratch.Add(square, x, y, rows, rows, columns);
    }
}
