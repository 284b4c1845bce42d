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
    public double MaxValue { get; init => field = Require.Threshold(value, nameof(MaxValue)); } =
        Require.Threshold(MaxValue, nameof(MaxValue));

    Phase IStage.Phase => Phase.Gradient;
    string IStage.Equation => "u = max(−c, min(c, u))";
    StageTraits IStage.Traits => StageTraits.Elementwise | StageTraits.RestsAtZero | StageTraits.Limits;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Apply(new Rule<V, T>(this));

    private struct Rule<V, T>(ClipValue clip) : IRule0<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private Interval<V, T> _interval;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => _interval = new(-clip.MaxValue, clip.MaxValue);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p) => u = _interval.Nearest(u);
    }
}
