using System.Numerics;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// SM3: Adagrad with one accumulator per index of every axis in place of one per parameter.
/// <code>
/// v = β2 min_i A_i + (1−β2) u²;  β2 = 1: v = min_i A_i + u²   (per tensor; A_i of the index along axis i)
/// A_i = max of v over the other axes
/// w = u/√(v + ε), 0 where v = 0;  m = β1 m + (1−β1) w;  u = m
/// </code>
/// </summary>
/// <remarks>
/// The direction is dimensionless. Besides m, a matrix of m × n has m + n numbers of state; on vectors it is Adagrad with ε inside the
/// root, a scalar counts as a vector of length 1. A NaN in u stays in m and in the accumulators of its indices for ever (see
/// <c>skipNonFinite</c>); squares overflow beyond |u| = 1e154.
/// <para>Source: Anil et al. 2019, SM3-II. Equals Optax <c>sm3</c>, which fails on scalars.</para>
/// </remarks>
/// <example><c>sm3 0.1</c>, <c>sm3With (Sm3(Beta1 = 0.0, Beta2 = 0.99)) 0.1</c></example>
[Word("sm3", Head = true)]
public sealed record Sm3 : IFusedStage
{
    /// <summary>β1, the decay of the average of the quotients: 0 ≤ β1 &lt; 1.</summary>
    public double Beta1 { get; init => field = Require.Decay(value, nameof(Beta1)); } = 0.9;

    /// <summary>β2, the decay of the accumulators: 0 ≤ β2 ≤ 1; with 1 they are sums.</summary>
    public double Beta2 { get; init => field = Require.Between(value, 0, 1, nameof(Beta2)); } = 1;

    /// <summary>ε, added to the accumulated squares: ε ≥ 0.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-8;

    Phase IStage.Phase => Phase.Direction;

    string IStage.Equation =>
        $"per tensor: v = {(Beta2 == 1 ? "min_i A_i + u²" : "β2 min_i A_i + (1−β2) u²")}; A_i = max of v over the other axes; "
        + "m = β1 m + (1−β1) u/√(v + ε); u = m";

    StageTraits IStage.Traits => StageTraits.Momentum | StageTraits.Adaptive | StageTraits.RestsAtZero;

    IReadOnlyList<SlotSpec> IStage.Slots => [SlotSpec.Element("m"), SlotSpec.Shaped("axes", LengthOfAxes)];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var scratch = builder.Scratch();
        builder.Tensors(tensor => Apply(tensor, scratch), "m", "axes");
    }

    // The accumulators of all axes, one axis after the other.
    private static int[] LengthOfAxes(IReadOnlyList<int> shape) =>
        [shape.Count == 0 ? 1 : shape.Contains(0) ? 0 : checked(shape.Sum())];

    private void Apply<T>(TensorStep<T> tensor, Scratch scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (tensor.Update.IsEmpty)
        {
            return;
        }

        var axes = tensor.Slot(1);
        var next = scratch.Zeros(0, axes.Length);
        var shape = tensor.Shape.IsEmpty ? [1] : tensor.Shape;
        Span<int> index = stackalloc int[shape.Length - 1];
        index.Clear();
        var (last, first) = (shape[^1], axes.Length - shape[^1]);
        for (var start = 0; start < tensor.Update.Length; start += last)
        {
            var least = Least(axes, shape, index);
            var line = start..(start + last);
            var most = Apply(tensor.Update[line], tensor.Slot(0)[line], axes[first..], next[first..], least);
            Raise(next, shape, index, most);
        }

        for (var i = 0; i < axes.Length; i++)
        {
            axes[i] = T.CreateTruncating(next[i]);
        }
    }

    // The least accumulator of all axes but the last.
    private static double Least<T>(ReadOnlySpan<T> axes, ReadOnlySpan<int> shape, ReadOnlySpan<int> index)
        where T : unmanaged
    {
        var (least, offset) = (double.PositiveInfinity, 0);
        for (var axis = 0; axis < index.Length; offset += shape[axis], axis++)
        {
            least = Math.Min(least, Reduction.Widen(axes[offset + index[axis]]));
        }

        return least;
    }

    // One line along the last axis; the largest v on it.
    private double Apply<T>(Span<T> update, Span<T> average, ReadOnlySpan<T> axis, Span<double> next, double least)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (fresh, most) = (Beta2 == 1 ? 1 : 1 - Beta2, 0.0);
        for (var j = 0; j < update.Length; j++)
        {
            var u = Reduction.Widen(update[j]);
            var v = (Beta2 * Math.Min(least, Reduction.Widen(axis[j]))) + (fresh * u * u);
            next[j] = Math.Max(next[j], v);
            most = Math.Max(most, v);
            var w = v == 0 ? 0 : u / Math.Sqrt(v + Epsilon);
            update[j] = average[j] = T.CreateTruncating((Beta1 * Reduction.Widen(average[j])) + ((1 - Beta1) * w));
        }

        return most;
    }

    // Takes the largest v of a line to the other axes, and goes on to the next line.
    private static void Raise(Span<double> next, ReadOnlySpan<int> shape, Span<int> index, double most)
    {
        var offset = 0;
        for (var axis = 0; axis < index.Length; offset += shape[axis], axis++)
        {
            ref var one = ref next[offset + index[axis]];
            one = Math.Max(one, most);
        }

        for (var axis = index.Length - 1; axis >= 0; axis--)
        {
            if (++index[axis] < shape[axis])
            {
                return;
            }

            index[axis] = 0;
        }
    }
}
