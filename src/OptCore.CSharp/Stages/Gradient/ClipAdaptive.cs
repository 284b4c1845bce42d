using System.Numerics;
using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Adaptive gradient clipping: limits the gradient of every unit i to a fraction of the unit's own norm:
/// <c>u_i = u_i · min(1, c·max(‖p_i‖, ε)/max(‖u_i‖, 1e-6))</c>.
/// </summary>
/// <remarks>
/// A unit is to be the weights into one output. Where tensors are stored input first, <c>[in, …, out]</c> (Flax, Keras), norms are
/// taken over axis 0 for rank 2 and 3, over all axes but the last from rank 4 on; with <see cref="OutputFirst"/>, for
/// <c>[out, in, …]</c> (PyTorch, and the networks of this library), over all axes but the first. A tensor of rank ≤ 1 is one
/// unit. The exact identity where
/// ‖u_i‖ ≤ c·max(‖p_i‖, ε), even below 1e-6. Norms neither over- nor underflow; a unit whose norm is not finite passes
/// unchanged (see <c>skipNonFinite</c>). Empty tensors are left alone.
/// <para>Source: Brock, De, Smith &amp; Simonyan 2021. Equals Optax <c>adaptive_grad_clip(c, eps=ε)</c>; <see cref="OutputFirst"/> equals
/// its <c>axis=</c> all but the first, and timm.
/// Differs: Optax drops axes of length 1 before it counts the rank, so that it takes a <c>[1, n]</c> tensor for one unit.</para>
/// </remarks>
/// <param name="MaxRatio">c, the largest ratio ‖u_i‖/‖p_i‖ let through: c > 0, infinity allowed.</param>
/// <example><c>sgd 0.1 |> clipAdaptive 0.01</c>, <c>sgd 0.1 |> clipAdaptiveWith (ClipAdaptive(0.01, Epsilon = 1e-2))</c></example>
[Word("clipAdaptive")]
public sealed record ClipAdaptive(double MaxRatio) : IFusedStage
{
    // Optax' floor of the divisor. It matters only where c·max(‖p_i‖, ε) is smaller still.
    private const double LeastDivisor = 1e-6;

    /// <summary>c, the largest ratio of a unit's gradient to the unit: c > 0, infinity allowed.</summary>
    public double MaxRatio { get; init => field = Require.Threshold(value, nameof(MaxRatio)); } =
        Require.Threshold(MaxRatio, nameof(MaxRatio));

    /// <summary>ε, the norm that a unit is taken to have at least, in units of the parameters: ε ≥ 0. Lets zeros grow.</summary>
    public double Epsilon { get; init => field = Require.NonNegative(value, nameof(Epsilon)); } = 1e-3;

    /// <summary>Whether the first axis of a tensor is the output, <c>[out, in, …]</c>. Default false.</summary>
    public bool OutputFirst { get; init; }

    Phase IStage.Phase => Phase.Gradient;
    string IStage.Equation => "u_i = u_i · min(1, c·max(‖p_i‖, ε)/max(‖u_i‖, 1e-6)) for each unit i";
    StageTraits IStage.Traits => StageTraits.RestsAtZero | StageTraits.Limits;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Tensors(new Rule<T>(this).Apply);

    private sealed class Rule<T>(ClipAdaptive stage)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private double[] _ofUpdate = [];
        private double[] _ofParameters = [];
        private T[] _factors = [];

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public void Apply(TensorStep<T> tensor)
        {
            var shape = tensor.Shape;
            var update = tensor.Update;
            if (update.IsEmpty)
            {
                return;
            }

            if (stage.OutputFirst && shape.Length > 1)
            {
                Slices(update.Length / shape[0], update, tensor.Parameters);
                return;
            }

            var units = UnitNorms.UnitsOf(shape, update.Length);
            var norms = UnitNorms.Of(update, units, ref _ofUpdate);
            var limits = UnitNorms.Of(tensor.Parameters, units, ref _ofParameters);
            if (_factors.Length < units)
            {
                _factors = new T[units];
            }

            var factors = _factors.AsSpan(0, units);
            for (var i = 0; i < units; i++)
            {
                factors[i] = T.CreateTruncating(Factor(norms[i], stage.MaxRatio * Math.Max(limits[i], stage.Epsilon)));
            }

            if (units == 1)
            {
                Rows.Multiply(update, factors[0]);
                return;
            }

            for (var row = 0; row < update.Length; row += units)
            {
                Rows.Multiply(update.Slice(row, units), factors);
            }
        }

        /// <summary>The units one behind the other: slices along the first axis.</summary>
        private void Slices(int length, Span<T> update, ReadOnlySpan<T> parameters)
        {
            for (var start = 0; start < update.Length; start += length)
            {
                var slice = update.Slice(start, length);
                var norm = UnitNorms.Of<T>(slice, 1, ref _ofUpdate)[0];
                var own = UnitNorms.Of(parameters.Slice(start, length), 1, ref _ofParameters)[0];
                Rows.Multiply(slice, T.CreateTruncating(Factor(norm, stage.MaxRatio * Math.Max(own, stage.Epsilon))));
            }
        }

        private static double Factor(double norm, double limit) =>
            norm > limit && double.IsFinite(norm) ? Math.Min(1, limit / Math.Max(norm, LeastDivisor)) : 1;
    }
}
