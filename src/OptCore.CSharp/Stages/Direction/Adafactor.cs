using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Adafactor: the second moment of a matrix kept as one number per row and one per column, and steps in proportion to the size
/// of the parameters.
/// <code>
/// β = 1 − k^(−Exponent);  q = u² + ε   (per tensor)
/// R = β R + (1−β) mean_j q;  C = β C + (1−β) mean_i q;  V = R C / mean_i R;  not factored: V = β V + (1−β) q
/// w = u/√V;  w = w / max(1, RMS(w)/Clip)
/// RelativeStep:    w = w · min(1, 1/(η_t √k))
/// ParameterScale:  w = w · max(RMS(p), MinimumScale)
/// u = w
/// </code>
/// </summary>
/// <remarks>
/// Axes i and j are the last two, others are batches of matrices; tensors of rank 0 and 1, and those with a shorter axis than
/// MinimumSize, are not factored. A matrix of m × n has m + n numbers of state. There is no first moment: <c>ema β</c> behind it is
/// one. The first update has β = 0. With ParameterScale the rate is a relative step; with RelativeStep it is the largest one. 0/0 is 0;
/// a NaN in u stays in its row and column for ever (see <c>skipNonFinite</c>); squares overflow beyond |u| = 1e154.
/// <para>Source: Shazeer &amp; Stern 2018. Equals Keras <c>Adafactor</c>; PyTorch's with
/// <c>Epsilon = 2.220446049250313e-16, ClampEpsilon = true</c> and <c>weightDecay</c>; Optax <c>adafactor</c> with
/// <c>RelativeStep = false, LargestAxes = true, MinimumSize = 128</c>. Differs: Optax takes its decay without the rate.</para>
/// </remarks>
/// <example><c>adafactor 0.01</c>, <c>adafactorWith (Adafactor(RelativeStep = false, Exponent = 0.5)) 0.01</c></example>
[Word("adafactor", Head = true)]
public sealed record Adafactor : IFusedStage
{
    /// <summary>The exponent of the decay β = 1 − k^(−Exponent): &gt; 0, finite.</summary>
    public double Exponent { get; init => field = Require.Positive(value, nameof(Exponent)); } = 0.8;

    /// <summary>ε, added to the squared gradient, in its units: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-30;

    /// <summary>The largest root mean square of a tensor's direction before it is scaled: &gt; 0, infinity allowed.</summary>
    public double Clip { get; init => field = Require.Threshold(value, nameof(Clip)); } = 1;

    /// <summary>What RMS(p) counts at least, so that parameters can leave 0: ≥ 0.</summary>
    public double MinimumScale { get; init => field = Require.NonNegative(value, nameof(MinimumScale)); } = 1e-3;

    /// <summary>The shortest axis that is factored: ≥ 1.</summary>
    public int MinimumSize { get; init => field = Require.Count(value, nameof(MinimumSize)); } = 1;

    /// <summary>Whether the second moment of matrices is factored.</summary>
    public bool Factored { get; init; } = true;

    /// <summary>Whether the direction is multiplied with the root mean square of the tensor's parameters.</summary>
    public bool ParameterScale { get; init; } = true;

    /// <summary>Whether the rate is limited to 1/√k.</summary>
    public bool RelativeStep { get; init; } = true;

    /// <summary>Whether the two longest axes are factored, of equal ones the later, instead of the last two.</summary>
    public bool LargestAxes { get; init; }

    /// <summary>Whether ε is a lower limit instead: q = u², mean_i R not below ε, V not below ε².</summary>
    public bool ClampEpsilon { get; init; }

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        $"per tensor: β = 1−k^−{Words.Print(Exponent)}; q = u²{(ClampEpsilon ? string.Empty : " + ε")}; "
        + (Factored ? "R = β R + (1−β) mean_j q; C = β C + (1−β) mean_i q; V = R C/mean_i R; " : "V = β V + (1−β) q; ")
        + $"w = u/√{(ClampEpsilon ? "max(V, ε²)" : "V")}; w = w/max(1, RMS(w)/clip); "
        + (RelativeStep ? "w = w·min(1, 1/(η_t √k)); " : string.Empty)
        + (ParameterScale ? "u = w·max(RMS(p), min)" : "u = w");

    StageTraits IStage.Traits => StageTraits.Adaptive | StageTraits.RestsAtZero;

    IReadOnlyList<SlotSpec> IStage.Slots =>
    [
        SlotSpec.Shaped("rows", shape => Axes([.. shape]) is { J: >= 0 and var j } ? Without(shape, j) : [0]),
        SlotSpec.Shaped("columns", shape => Axes([.. shape]) is { I: >= 0 and var i } ? Without(shape, i) : [0]),
        SlotSpec.Shaped("v", shape => Axes([.. shape]).I >= 0 ? [0] : shape),
    ];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var scratch = builder.Scratch();
        builder.Tensors(tensor => Apply(tensor, scratch), "rows", "columns", "v");
    }

    private static int[] Without(IReadOnlyList<int> shape, int axis) =>
        shape.Contains(0) ? [0] : [.. shape.Where((_, place) => place != axis)];

    // The factored axes i < j; −1 where there are none.
    private (int I, int J) Axes(ReadOnlySpan<int> shape)
    {
        var (i, j) = (shape.Length - 2, shape.Length - 1);
        if (!Factored || i < 0)
        {
            return (-1, -1);
        }

        if (LargestAxes)
        {
            (i, j) = (0, 1);
            if (shape[0] > shape[1])
            {
                (i, j) = (1, 0);
            }

            // shape[i] ≤ shape[j] are the two longest so far.
            for (var axis = 2; axis < shape.Length; axis++)
            {
                if (shape[axis] >= shape[j])
                {
                    (i, j) = (j, axis);
                }
                else if (shape[axis] >= shape[i])
                {
                    i = axis;
                }
            }
        }

        return Math.Min(shape[i], shape[j]) < MinimumSize ? (-1, -1) : (Math.Min(i, j), Math.Max(i, j));
    }

    private void Apply<T>(TensorStep<T> tensor, Scratch scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (tensor.Update.IsEmpty)
        {
            return;
        }

        var w = scratch.Vector(0, tensor.Update.Length);
        WideVectors.Widen<T>(tensor.Update, w);
        var beta = 1 - Math.Pow(tensor.Step.Number, -Exponent);
        var v = tensor.Slot(2);
        if (v.IsEmpty)
        {
            DivideFactored(tensor, w, beta, scratch);
        }
        else
        {
            Divide(w, v, beta);
        }

        var factor = Factor(tensor, w);
        for (var i = 0; i < w.Length; i++)
        {
            tensor.Update[i] = T.CreateTruncating(w[i] * factor);
        }
    }

    private double Squared(double u) => ClampEpsilon ? u * u : (u * u) + Epsilon;

    // u/√V, where V = 0 is 0.
    private double Quotient(double u, double v)
    {
        v = ClampEpsilon ? Math.Max(v, Epsilon * Epsilon) : v;
        return v == 0 ? 0 : u / Math.Sqrt(v);
    }

    private void Divide<T>(Span<double> w, Span<T> v, double beta)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < w.Length; i++)
        {
            var now = (beta * Reduction.Widen(v[i])) + ((1 - beta) * Squared(w[i]));
            v[i] = T.CreateTruncating(now);
            w[i] = Quotient(w[i], now);
        }
    }

    // The tensor as [a, i, b, j, c], of which b and c are empty where the last two axes are factored.
    private void DivideFactored<T>(TensorStep<T> tensor, Span<double> w, double beta, Scratch scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var shape = tensor.Shape;
        var (i, j) = Axes(shape);
        var (before, between, after) = (shape[..i].Product(), shape[(i + 1)..j].Product(), shape[(j + 1)..].Product());
        var box = new Box(before, shape[i], between, shape[j], after);
        var rows = scratch.Zeros(1, tensor.Slot(0).Length);
        var columns = scratch.Zeros(2, tensor.Slot(1).Length);
        Sum(w, box, rows, columns);
        Average(rows, tensor.Slot(0), beta, box.J);
        Average(columns, tensor.Slot(1), beta, box.I);

        // R / mean_i R, in place of R.
        var batch = box.B * box.C;
        for (var a = 0; a < box.A; a++)
        {
            for (var c = 0; c < batch; c++)
            {
                DivideByMean(rows.Slice(a * box.I * batch, box.I * batch)[c..], batch);
            }
        }

        Divide(w, box, rows, columns);
    }

    private void Sum(ReadOnlySpan<double> w, Box box, Span<double> rows, Span<double> columns)
    {
        for (var (line, next) = (0, 0); line < box.Lines; line++)
        {
            var row = box.Row(rows, line);
            var column = box.Column(columns, line);
            for (var j = 0; j < box.J; j++)
            {
                for (var c = 0; c < box.C; c++, next++)
                {
                    var q = Squared(w[next]);
                    row[c] += q;
                    column[(j * box.C) + c] += q;
                }
            }
        }
    }

    private void Divide(Span<double> w, Box box, Span<double> rows, Span<double> columns)
    {
        for (var (line, next) = (0, 0); line < box.Lines; line++)
        {
            var row = box.Row(rows, line);
            var column = box.Column(columns, line);
            for (var j = 0; j < box.J; j++)
            {
                for (var c = 0; c < box.C; c++, next++)
                {
                    w[next] = Quotient(w[next], row[c] * column[(j * box.C) + c]);
                }
            }
        }
    }

    // Every stride-th element, divided by the mean of them.
    private void DivideByMean(Span<double> column, int stride)
    {
        var (mean, count) = (0.0, (column.Length + stride - 1) / stride);
        for (var i = 0; i < column.Length; i += stride)
        {
            mean += column[i] / count;
        }

        mean = ClampEpsilon ? Math.Max(mean, Epsilon) : mean;
        for (var i = 0; i < column.Length; i += stride)
        {
            column[i] = mean == 0 ? 0 : column[i] / mean;
        }
    }

    private static void Average<T>(Span<double> sums, Span<T> slot, double beta, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < sums.Length; i++)
        {
            sums[i] = (beta * Reduction.Widen(slot[i])) + ((1 - beta) * (sums[i] / count));
            slot[i] = T.CreateTruncating(sums[i]);
        }
    }

    private double Factor<T>(TensorStep<T> tensor, ReadOnlySpan<double> w)
        where T : unmanaged
    {
        var factor = 1 / Math.Max(1, RootMeanSquare<double>(w) / Clip);
        if (RelativeStep)
        {
            factor *= Math.Min(1, 1 / (tensor.Step.Rate * Math.Sqrt(tensor.Step.Number)));
        }

        return ParameterScale ? factor * Math.Max(RootMeanSquare(tensor.Parameters), MinimumScale) : factor;
    }

    private static double RootMeanSquare<T>(ReadOnlySpan<T> values)
        where T : unmanaged => Norm.Of(values, [new ElementRange(0, values.Length)]) / Math.Sqrt(values.Length);

    // Lengths; a line is what has one a, i and b.
    private readonly record struct Box(int A, int I, int B, int J, int C)
    {
        public int Lines => A * I * B;

        public Span<double> Row(Span<double> rows, int line) => rows.Slice(line * C, C);

        public Span<double> Column(Span<double> columns, int line) =>
            columns.Slice(((line / (I * B) * B) + (line % B)) * J * C, J * C);
    }
}
