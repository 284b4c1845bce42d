using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// GaLore: Adam on a projection of every matrix to its first left singular vectors, so that the moments are small.
/// <code>
/// M: the tensor as a matrix, its shorter side as rows   (per tensor)
/// t a multiple of n:  P = the first r left singular vectors of M, the largest entry of each positive
/// y = Pᵀ M;  m = β1 m + (1−β1) y;  v = β2 v + (1−β2) y²   (kept when P changes)
/// u = Scale · P · m̂/(√v̂ + ε),  m̂ = m/(1−β1^k),  v̂ = v/(1−β2^k)
/// </code>
/// </summary>
/// <remarks>
/// Tensors of rank 0 and 1, and matrices whose shorter side is not longer than r, are plain Adam. A tensor of rank &gt; 2 is the matrix
/// of its first axis (OutputFirst) or of its last. A matrix of a × b, a ≤ b, has r (a + 2b) numbers of state. What is outside the
/// projection does not move until the next one; a zero matrix projects to its first rows. 0/0 is 0. A NaN in u stays in its tensor's
/// state for ever (see <c>skipNonFinite</c>).
/// <para>Source: Zhao et al. 2024. Equals the authors' AdamW at ε = 0 until the second basis, where signs of singular vectors decide,
/// which nobody else fixes. Differs: Optax contrib projects the longer side.</para>
/// </remarks>
/// <param name="Rank">r, the number of singular vectors: ≥ 1.</param>
/// <param name="Period">n, the number of updates of one projection: ≥ 1.</param>
/// <example><c>galore 4 200 0.01</c>, <c>galoreWith (GaLore(4, 200, Scale = 0.25)) 0.01</c></example>
[Word("galore", Head = true)]
public sealed record GaLore(int Rank, int Period) : IFusedStage
{
    /// <summary>r, the number of singular vectors: ≥ 1.</summary>
    public int Rank { get; init => field = Require.Count(value, nameof(Rank)); } = Require.Count(Rank, nameof(Rank));

    /// <summary>n, the number of updates of one projection: ≥ 1.</summary>
    public int Period { get; init => field = Require.Count(value, nameof(Period)); } = Require.Count(Period, nameof(Period));

    /// <summary>β1, the decay of the first moment: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.9;

    /// <summary>β2, the decay of the second moment: 0 ≤ β2 &lt; 1.</summary>
    public double Beta2 { get; init => field = Require.Decay(value, nameof(Beta2)); } = 0.999;

    /// <summary>ε, added to the root, in units of the gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-8;

    /// <summary>What the direction of projected matrices is multiplied with: ≥ 0.</summary>
    public double Scale { get; init => field = Require.NonNegative(value, nameof(Scale)); } = 1;

    /// <summary>Whether the matrix of a tensor is its first axis by the others; else the others by the last.</summary>
    public bool OutputFirst { get; init; } = true;

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        $"per tensor: every {Period}: P = first {Rank} left singular vectors of M; y = PᵀM; m = β1 m + (1−β1) y; v = β2 v + (1−β2) y²; "
        + $"u = {(Scale == 1 ? string.Empty : "scale·")}P m̂/(√v̂ + ε)";

    StageTraits IStage.Traits => StageTraits.Momentum | StageTraits.Adaptive | StageTraits.RestsAtZero;

    IReadOnlyList<SlotSpec> IStage.Slots =>
    [
        SlotSpec.Shaped("P", shape => Projected([.. shape]) is { } matrix ? [matrix.Short, Rank] : [0]),
        SlotSpec.Shaped("m", MomentShape),
        SlotSpec.Shaped("v", MomentShape),
    ];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var scratch = builder.Scratch();
        builder.Tensors(tensor => Apply(tensor, scratch), "P", "m", "v");
    }

    private IReadOnlyList<int> MomentShape(IReadOnlyList<int> shape) =>
        Projected([.. shape]) is { } matrix ? [Rank, matrix.Long] : shape.Contains(0) ? [0] : shape;

    // The matrix of a tensor that is projected; null where it is Adam's.
    private MatrixShape? Projected(ReadOnlySpan<int> shape) =>
        shape.Length >= 2 && !shape.Contains(0) && MatrixShape.Of(shape, OutputFirst) is var matrix && matrix.Short > Rank ? matrix : null;

    private void Apply<T>(TensorStep<T> tensor, Scratch scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var length = tensor.Update.Length;
        if (length == 0)
        {
            return;
        }

        if (Projected(tensor.Shape) is not { } matrix)
        {
            var u = scratch.Vector(0, length);
            WideVectors.Widen<T>(tensor.Update, u);
            Adam(tensor, u);
            WideVectors.Narrow<T>(u, tensor.Update);
            return;
        }

        var (x, y) = (scratch.Matrix(0, matrix.Short, matrix.Long), scratch.Matrix(1, Rank, matrix.Long));
        matrix.Read<T>(tensor.Update, x);
        var basis = scratch.Matrix(2, matrix.Short, Rank);
        if ((tensor.Step.Number - 1) % Period == 0)
        {
            FindBasis(x, matrix, basis, scratch);
            WideVectors.Narrow(basis.Row(0, matrix.Short * Rank), tensor.Slot(0));
        }
        else
        {
            WideVectors.Widen<T>(tensor.Slot(0), basis.Row(0, matrix.Short * Rank));
        }

        y.Row(0, Rank * matrix.Long).Clear();
        scratch.Add(basis.Transposed, x, y, Rank, matrix.Short, matrix.Long);
        Adam(tensor, y.Row(0, Rank * matrix.Long));
        x.Row(0, length).Clear();
        scratch.Add(basis, y, x, matrix.Short, Rank, matrix.Long);
        matrix.Write(x, Scale, tensor.Update);
    }

    private void Adam<T>(TensorStep<T> tensor, Span<double> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var means = tensor.Slot(1);
        var squares = tensor.Slot(2);
        var (c1, c2) = (1 - Math.Pow(Beta1, tensor.Step.Number), 1 - Math.Pow(Beta2, tensor.Step.Number));
        for (var i = 0; i < y.Length; i++)
        {
            var m = (Beta1 * Reduction.Widen(means[i])) + ((1 - Beta1) * y[i]);
            var v = (Beta2 * Reduction.Widen(squares[i])) + ((1 - Beta2) * y[i] * y[i]);
            (means[i], squares[i]) = (T.CreateTruncating(m), T.CreateTruncating(v));
            var root = Math.Sqrt(v / c2) + Epsilon;
            y[i] = root == 0 ? 0 : m / c1 / root;
        }
    }

    // The first eigenvectors of M Mᵀ as columns, each with its largest entry positive.
    private void FindBasis(MatrixView<double> x, MatrixShape matrix, MatrixView<double> basis, Scratch scratch)
    {
        var size = matrix.Short;
        var (scaled, gram, vectors) = (scratch.Matrix(3, size, matrix.Long), scratch.Matrix(4, size, size), scratch.Matrix(5, size, size));
        var copy = scaled.Row(0, size * matrix.Long);
        x.Row(0, size * matrix.Long).CopyTo(copy);
        RowOperations.Normalize(copy);
        gram.Row(0, size * size).Clear();
        scratch.Add(scaled, scaled.Transposed, gram, size, matrix.Long, size);
        SymmetricEigen.Decompose(gram, size, scratch.Vector(6, size), vectors, scratch.Vector(7, SymmetricEigen.WorkLength(size)));
        for (var k = 0; k < Rank; k++)
        {
            var vector = vectors.Row(k, size);
            var largest = 0;
            for (var i = 1; i < size; i++)
            {
                largest = Math.Abs(vector[i]) > Math.Abs(vector[largest]) ? i : largest;
            }

            for (var i = 0; i < size; i++)
            {
                basis.Row(0, size * Rank)[(i * Rank) + k] = vector[largest] < 0 ? -vector[i] : vector[i];
            }
        }
    }
}
