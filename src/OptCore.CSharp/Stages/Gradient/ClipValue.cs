using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>Clips every coordinate of the gradient: <c>u = max(−c, min(c, u))</c>.</summary>
/// <remarks>
/// The exact identity where |u| ≤ c. ±∞ becomes ±c, NaN stays NaN (see <c>skipNonFinite</c>). Unlike <c>clip</c> it turns
/// the gradient away from its direction.
/// <para>Equals PyTorch <c>clip_grad_value_</c>, Optax <c>clip</c>, Keras <c>clipvalue</c>.</para>
/// </remarks>
/// <param name="MaxValue">c, the largest magnitude let through, in units of the gradient: c > 0, infinity allowed.</param>
/// <example><c>sgd 0.1 |> clipValue 0.5</c></example>
[Word("clipValue")]
public sealed record ClipValue(double MaxValue) : IFusedStage
{
    /// <summary>c, the largest magnitude let through: c > 0, infinity allowed.</summary>
    public double MaxValue { get; init => field = Require.Threshold(value, nameof(MaxValue)); } = Require.Threshold(MaxValue, nameof(MaxValue));

    /// <inheritdoc/>
    public Phase Phase => Phase.Gradient;

    /// <inheritdoc/>
    public string Equation => "u = max(−c, min(c, u))";

    /// <inheritdoc/>
    public StageTraits Traits => StageTraits.Elementwise | StageTraits.RestsAtZero;

    /// <inheritdoc/>
    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Apply(new Kernel<V, T>(MaxValue));

    private struct Kernel<V, T>(double maxValue) : IKernel<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _c, _minusC;

        public readonly KernelUse Use => KernelUse.Update;

        public readonly void Begin(StepContext step)
        {
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Open(in Lanes<T> lanes) => (_c, _minusC) = (V.Broadcast(maxValue), V.Broadcast(-maxValue));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply<P>(ref V u, ref V p, P at)
            where P : struct, IPlace<V, T> => u = V.Max(_minusC, V.Min(_c, u));
    }
}
