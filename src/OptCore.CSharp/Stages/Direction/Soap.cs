using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// SOAP: Adam in the basis of Shampoo's eigenvectors, which follow its matrices by one step of orthogonal iteration now and then.
/// <code>
/// k = 1:  H_i = (1−β_s) U_i U_iᵀ;  Q_i its eigenvectors by falling eigenvalue;  u = 0   (per tensor, U_i its unfolding along axis i)
/// then:   ũ = u ×_i Q_iᵀ;  m = β1 m + (1−β1) u;  v = β2 v + (1−β2) ũ²;  m̃ = m ×_i Q_iᵀ
///         u = [m̃/(√v + ε)] ×_i Q_i · √(1−β2^t)/(1−β1^t)
///         H_i = β_s H_i + (1−β_s) U_i U_iᵀ (last)
///         t a multiple of Every:  columns of Q_i and axis i of v ordered by falling diag(Q_iᵀ H_i Q_i);  Q_i = Q of the QR of H_i Q_i
/// </code>
/// </summary>
/// <remarks>
/// Axes longer than MaximumSize have no matrix, nor have tensors of rank 0 and 1 (with Vectors: of rank 0); there Q is the identity, and
/// where no axis has one SOAP is Adam one update later. The direction is dimensionless. The first update moves nothing but counts. The
/// signs of eigenvectors do not matter; equal eigenvalues leave their basis undetermined. State: m, v, and two matrices of n × n for an
/// axis of length n. 0/0 is 0. A NaN in u stays in its tensor's state for ever (see <c>skipNonFinite</c>).
/// <para>Source: Vyas et al. 2024. Equals the authors' <c>SOAP</c>. Differs: theirs computes the bases in float32, and decays after
/// its step, p(1−ηλ) of the new p.</para>
/// </remarks>
/// <example><c>soap 0.003</c>, <c>soapWith (Soap(ShampooBeta = 0.9, Every = 5)) 0.003 |> weightDecay 0.01</c></example>
[Word("soap", Head = true)]
public sealed record Soap : IFusedStage
{
    /// <summary>β1, the decay of the first moment: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.95;

    /// <summary>β2, the decay of the second moment: 0 ≤ β2 &lt; 1.</summary>
    public double Beta2 { get; init => field = Require.Decay(value, nameof(Beta2)); } = 0.95;

    /// <summary>ε, added to the root, in units of the gradient: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-8;

    /// <summary>β_s, the decay of the matrices: 0 ≤ β_s &lt; 1; 0 is β2.</summary>
    public double ShampooBeta { get; init => field = Require.Decay(value, nameof(ShampooBeta)); }

    /// <summary>How often the bases follow, in updates: ≥ 1.</summary>
    public int Every { get; init => field = Require.Count(value, nameof(Every)); } = 10;

    /// <summary>The longest axis that gets a basis: ≥ 0.</summary>
    public int MaximumSize { get; init => field = Require.Count(value, nameof(MaximumSize), 0); } = 10000;

    /// <summary>Whether vectors get a basis too.</summary>
    public bool Vectors { get; init; }

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        "per tensor: k = 1: H_i = (1−β_s) U_i U_iᵀ, Q_i its eigenvectors, u = 0; then ũ = u ×_i Q_iᵀ; m = β1 m + (1−β1) u; "
        + "v = β2 v + (1−β2) ũ²; u = [m̃/(√v + ε)] ×_i Q_i · √(1−β2^t)/(1−β1^t); H_i = β_s H_i + (1−β_s) U_i U_iᵀ; "
        + $"every {Every}: Q_i = QR(H_i Q_i)";

    StageTraits IStage.Traits => StageTraits.Momentum | StageTraits.Adaptive | StageTraits.RestsAtZero;

    IReadOnlyList<SlotSpec> IStage.Slots =>
    [
        SlotSpec.Element("m"),
        SlotSpec.Element("v"),
        SlotSpec.Shaped("H", shape => CoveredAxes.Shape(shape, MaximumSize, Vectors, otherwise: false)),
        SlotSpec.Shaped("Q", shape => CoveredAxes.Shape(shape, MaximumSize, Vectors, otherwise: false)),
    ];

    private double Decay => ShampooBeta == 0 ? Beta2 : ShampooBeta;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var scratch = builder.Scratch();
        builder.Tensors(tensor => Apply(tensor, scratch), "m", "v", "H", "Q");
    }

    private void Apply<T>(TensorStep<T> tensor, Scratch scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (tensor.Update.IsEmpty)
        {
            return;
        }

        var gradient = scratch.Matrix(0, 1, tensor.Update.Length);
        WideVectors.Widen<T>(tensor.Update, gradient.Row(0, tensor.Update.Length));
        var isFirst = tensor.Step.Number == 1;
        if (isFirst)
        {
            tensor.Update.Clear();
        }
        else
        {
            Step(tensor, gradient, scratch);
        }

        for (var (axis, start) = (0, 0); axis < tensor.Shape.Length; axis++)
        {
            if (CoveredAxes.Contains(tensor.Shape, axis, MaximumSize, Vectors))
            {
                var along = Unfolding.Of(tensor.Shape, axis);
                var square = start..(start + (along.Length * along.Length));
                Follow(tensor, gradient, along, square, isFirst, scratch);
                start = square.End.Value;
            }
        }
    }

    private void Step<T>(TensorStep<T> tensor, MatrixView<double> gradient, Scratch scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var length = tensor.Update.Length;
        var (mean, spare) = (scratch.Matrix(1, 1, length), scratch.Matrix(2, 1, length));
        var turned = scratch.Matrix(3, 1, length);
        gradient.Row(0, length).CopyTo(turned.Row(0, length));
        var m = mean.Row(0, length);
        var g = gradient.Row(0, length);
        for (var i = 0; i < length; i++)
        {
            m[i] = (Beta1 * Reduction.Widen(tensor.Slot(0)[i])) + ((1 - Beta1) * g[i]);
        }

        WideVectors.Narrow(m, tensor.Slot(0));
        Turn(tensor, ref turned, ref spare, back: false, scratch);
        Turn(tensor, ref mean, ref spare, back: false, scratch);
        var t = tensor.Step.Number - 1;
        var factor = Math.Sqrt(1 - Math.Pow(Beta2, t)) / (1 - Math.Pow(Beta1, t));
        Divide(mean.Row(0, length), turned.Row(0, length), tensor.Slot(1), factor);
        Turn(tensor, ref mean, ref spare, back: true, scratch);
        WideVectors.Narrow(mean.Row(0, length), tensor.Update);
    }

    private void Divide<T>(Span<double> m, ReadOnlySpan<double> u, Span<T> squares, double factor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < m.Length; i++)
        {
            var v = (Beta2 * Reduction.Widen(squares[i])) + ((1 - Beta2) * u[i] * u[i]);
            squares[i] = T.CreateTruncating(v);
            var root = Math.Sqrt(v) + Epsilon;
            m[i] = root == 0 ? 0 : m[i] / root * factor;
        }
    }

    // The tensor into its bases, or back; the result and what is free then change places.
    private void Turn<T>(TensorStep<T> tensor, ref MatrixView<double> values, ref MatrixView<double> spare, bool back, Scratch scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var (axis, start) = (0, 0); axis < tensor.Shape.Length; axis++)
        {
            if (CoveredAxes.Contains(tensor.Shape, axis, MaximumSize, Vectors))
            {
                var along = Unfolding.Of(tensor.Shape, axis);
                var square = start..(start + (along.Length * along.Length));
                var basis = scratch.Matrix(4, along.Length, along.Length);
                WideVectors.Widen<T>(tensor.Slot(3)[square], basis.Row(0, along.Length * along.Length));
                along.Multiply(values, back ? basis : basis.Transposed, spare, scratch);
                (values, spare, start) = (spare, values, square.End.Value);
            }
        }
    }

    // Takes the gradient up into H of an axis; its basis begins, or follows.
    private void Follow<T>(TensorStep<T> tensor, MatrixView<double> gradient, Unfolding along, Range square, bool isFirst, Scratch scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var size = along.Length;
        var kept = scratch.Matrix(5, size, size);
        var slot = tensor.Slot(2)[square];
        var h = kept.Row(0, size * size);
        h.Clear();
        along.AddGram(gradient, kept, scratch);
        for (var i = 0; i < h.Length; i++)
        {
            h[i] = (Decay * Reduction.Widen(slot[i])) + ((1 - Decay) * h[i]);
        }

        WideVectors.Narrow(h, slot);
        var basis = tensor.Slot(3)[square];
        if (isFirst)
        {
            Begin(kept, size, basis, scratch);
        }
        else if ((tensor.Step.Number - 1) % Every == 0)
        {
            Iterate(tensor, kept, along, basis, scratch);
        }
    }

    private static void Begin<T>(MatrixView<double> h, int size, Span<T> basis, Scratch scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var vectors = scratch.Matrix(6, size, size);
        SymmetricEigen.Decompose(h, size, scratch.Vector(7, size), vectors, scratch.Vector(8, SymmetricEigen.WorkLength(size)));
        for (var k = 0; k < size; k++)
        {
            var vector = vectors.From(k).Row(0, size);
            for (var i = 0; i < size; i++)
            {
                basis[(i * size) + k] = T.CreateTruncating(vector[i]);
            }
        }
    }

    // One step of orthogonal iteration, with the columns in order.
    private static void Iterate<T>(TensorStep<T> tensor, MatrixView<double> h, Unfolding along, Span<T> basis, Scratch scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var size = along.Length;
        var (q, product, ordered) = (scratch.Matrix(6, size, size), scratch.Matrix(4, size, size), scratch.Matrix(9, size, size));
        WideVectors.Widen<T>(basis, q.Row(0, size * size));
        product.Row(0, size * size).Clear();
        scratch.Add(h, q, product, size, size, size);
        var order = scratch.Order(size);
        Rank(q.Row(0, size * size), product.Row(0, size * size), scratch.Zeros(7, size), order);
        var from = product.Row(0, size * size);
        var to = ordered.Row(0, size * size);
        for (var i = 0; i < from.Length; i += size)
        {
            for (var k = 0; k < size; k++)
            {
                to[i + k] = from[i + order[k]];
            }
        }

        Reorder(tensor.Slot(1), along, order, scratch.Vector(1, tensor.Update.Length));
        OrthogonalFactor.Decompose(ordered, size, q, scratch.Vector(8, OrthogonalFactor.WorkLength(size)));
        WideVectors.Narrow(q.Row(0, size * size), basis);
    }

    // The columns by falling diag(QᵀHQ), equal ones in their order.
    private static void Rank(ReadOnlySpan<double> q, ReadOnlySpan<double> product, Span<double> diagonal, Span<int> order)
    {
        for (var i = 0; i < q.Length; i++)
        {
            diagonal[i % diagonal.Length] += q[i] * product[i];
        }

        for (var k = 0; k < order.Length; k++)
        {
            var place = k;
            for (; place > 0 && diagonal[order[place - 1]] < diagonal[k]; place--)
            {
                order[place] = order[place - 1];
            }

            order[place] = k;
        }
    }

    private static void Reorder<T>(Span<T> v, Unfolding along, ReadOnlySpan<int> order, Span<double> copy)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        WideVectors.Widen<T>(v, copy);
        var width = along.Width;
        for (var block = 0; block < v.Length; block += along.Length * width)
        {
            for (var i = 0; i < order.Length; i++)
            {
                WideVectors.Narrow<T>(copy.Slice(block + (order[i] * width), width), v.Slice(block + (i * width), width));
            }
        }
    }
}
