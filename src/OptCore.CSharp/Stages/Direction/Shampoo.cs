using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Shampoo: every axis of a tensor gets a matrix of second moments, and the gradient is multiplied along it with a root of its inverse.
/// <code>
/// H_i = H_i + U_i U_iᵀ   (per tensor, U_i its unfolding along axis i)
/// β2 &lt; 1:  H_i = β2 H_i + (1−β2) U_i U_iᵀ,  H_i/(1−β2^k) in the root
/// t a multiple of Every:  P_i = (H_i + ε I)^(−1/(2a))   (a matrices)
/// u = u ×_i P_i for all of them;  none:  u = u/√(ε + Σ u²)
/// </code>
/// </summary>
/// <remarks>
/// Axes longer than MaximumSize have no matrix, nor have tensors of rank 0 and 1 (with Vectors: of rank 0); what has none is Adagrad
/// with ε inside its root. The direction is dimensionless. State: two matrices of n × n for an axis of length n; work: decompositions of n³
/// every Every updates. Eigenvalues of H are taken as 0 where rounding made them negative; with ε = 0, directions without a gradient so
/// far stay at 0. A NaN in u stays in its tensor's matrices for ever (see <c>skipNonFinite</c>).
/// <para>Source: Gupta, Koren &amp; Singer 2018, algorithms 1 and 2. Differs: grafting, blocks and merged axes of Meta's Distributed
/// Shampoo are not in it; pytorch_optimizer takes the power −1/a, and feeds the second axis a gradient already turned by the first.</para>
/// </remarks>
/// <example><c>shampoo 0.1</c>, <c>shampooWith (Shampoo(Beta2 = 0.99, Epsilon = 1e-8, Every = 10)) 0.01 |> ema 0.9</c></example>
[Word("shampoo", Head = true)]
public sealed record Shampoo : IFusedStage
{
    /// <summary>β2, the decay of the matrices: 0 ≤ β2 ≤ 1; with 1 they are sums.</summary>
    public double Beta2 { get; init => field = Require.Between(value, 0, 1, nameof(Beta2)); } = 1;

    /// <summary>ε, added to the eigenvalues, in units of the squared gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-6;

    /// <summary>How often the roots are computed, in updates: ≥ 1.</summary>
    public int Every { get; init => field = Require.Count(value, nameof(Every)); } = 1;

    /// <summary>The longest axis that gets a matrix: ≥ 0.</summary>
    public int MaximumSize { get; init => field = Require.Count(value, nameof(MaximumSize), 0); } = 1024;

    /// <summary>Whether vectors get a matrix too.</summary>
    public bool Vectors { get; init; }

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        $"per tensor: H_i = {(Beta2 == 1 ? "H_i + U_i U_iᵀ" : "β2 H_i + (1−β2) U_i U_iᵀ")}; "
        + $"{(Every == 1 ? string.Empty : $"every {Every}: ")}P_i = ({(Beta2 == 1 ? "H_i" : "H_i/(1−β2^k)")} + ε I)^(−1/(2a)); "
        + "u = u ×_i P_i";

    StageTraits IStage.Traits => StageTraits.Adaptive | StageTraits.RestsAtZero;

    IReadOnlyList<SlotSpec> IStage.Slots =>
    [
        SlotSpec.Shaped("H", shape => CoveredAxes.Shape(shape, MaximumSize, Vectors, otherwise: true)),
        SlotSpec.Shaped("P", shape => CoveredAxes.Shape(shape, MaximumSize, Vectors, otherwise: false)),
    ];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var scratch = builder.Scratch();
        builder.Tensors(tensor => Apply(tensor, scratch), "H", "P");
    }

    private void Apply<T>(TensorStep<T> tensor, Scratch scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (tensor.Update.IsEmpty)
        {
            return;
        }

        var correction = Beta2 < 1 ? 1 - Math.Pow(Beta2, tensor.Step.Number) : 1;
        var count = CoveredAxes.Count(tensor.Shape, MaximumSize, Vectors);
        if (count == 0)
        {
            Divide(tensor.Update, tensor.Slot(0), correction);
            return;
        }

        var length = tensor.Update.Length;
        var (gradient, u, next) = (scratch.Matrix(0, 1, length), scratch.Matrix(1, 1, length), scratch.Matrix(2, 1, length));
        WideVectors.Widen<T>(tensor.Update, gradient.Row(0, length));
        gradient.Row(0, length).CopyTo(u.Row(0, length));
        for (var (axis, start) = (0, 0); axis < tensor.Shape.Length; axis++)
        {
            if (CoveredAxes.Contains(tensor.Shape, axis, MaximumSize, Vectors))
            {
                var along = Unfolding.Of(tensor.Shape, axis);
                var square = start..(start + (along.Length * along.Length));
                var root = Root(tensor, gradient, along, square, correction, -0.5 / count, scratch);
                along.Multiply(u, root, next, scratch);
                (u, next, start) = (next, u, square.End.Value);
            }
        }

        WideVectors.Narrow(u.Row(0, length), tensor.Update);
    }

    private void Divide<T>(Span<T> update, Span<T> squares, double correction)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < update.Length; i++)
        {
            var u = Reduction.Widen(update[i]);
            var sum = Blend(Reduction.Widen(squares[i]), u * u);
            squares[i] = T.CreateTruncating(sum);
            var root = Math.Sqrt((sum / correction) + Epsilon);
            update[i] = T.CreateTruncating(root == 0 ? 0 : u / root);
        }
    }

    private double Blend(double kept, double fresh) => Beta2 == 1 ? kept + fresh : (Beta2 * kept) + ((1 - Beta2) * fresh);

    // Takes the gradient up into H of an axis; the root P, new or as it was.
    private MatrixView<double> Root<T>(
        TensorStep<T> tensor, MatrixView<double> gradient, Unfolding along, Range square, double correction, double power, Scratch scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var size = along.Length;
        var (kept, root) = (scratch.Matrix(3, size, size), scratch.Matrix(4, size, size));
        Blend(tensor.Slot(0)[square], gradient, along, kept, scratch);
        var h = kept.Row(0, size * size);
        var p = root.Row(0, size * size);
        if ((tensor.Step.Number - 1) % Every != 0)
        {
            WideVectors.Widen<T>(tensor.Slot(1)[square], p);
            return root;
        }

        foreach (ref var element in h)
        {
            element /= correction;
        }

        Power(kept, size, power, root, scratch);
        WideVectors.Narrow(p, tensor.Slot(1)[square]);
        return root;
    }

    private void Blend<T>(Span<T> slot, MatrixView<double> gradient, Unfolding along, MatrixView<double> kept, Scratch scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var h = kept.Row(0, slot.Length);
        h.Clear();
        along.AddGram(gradient, kept, scratch);
        for (var i = 0; i < h.Length; i++)
        {
            h[i] = Blend(Reduction.Widen(slot[i]), h[i]);
        }

        WideVectors.Narrow(h, slot);
    }

    // P = (H + ε I)^power; H is destroyed.
    private void Power(MatrixView<double> h, int size, double power, MatrixView<double> root, Scratch scratch)
    {
        var values = scratch.Vector(5, size);
        var (vectors, scaled) = (scratch.Matrix(6, size, size), scratch.Matrix(7, size, size));
        SymmetricEigen.Decompose(h, size, values, vectors, scratch.Vector(8, SymmetricEigen.WorkLength(size)));

        // What is 0 but for rounding is 0, or its inverse root would be anything.
        var least = Epsilon > 0 ? 0 : values[0] * size / (1L << 52);
        for (var k = 0; k < size; k++)
        {
            var value = Epsilon > 0 ? Math.Max(values[k], 0) + Epsilon : values[k];
            var factor = value <= least ? 0 : Math.Pow(value, power);
            var from = vectors.Row(k, size);
            var to = scaled.Row(k, size);
            for (var j = 0; j < size; j++)
            {
                to[j] = factor * from[j];
            }
        }

        root.Row(0, size * size).Clear();
        scratch.Add(vectors.Transposed, scaled, root, size, size, size);
    }
}
