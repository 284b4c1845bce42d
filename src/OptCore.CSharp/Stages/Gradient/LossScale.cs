using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Dynamic loss scaling: takes the gradient of S·f for a scale S that it finds itself: <c>u = g/S</c>; where g is not finite the step is
/// skipped and S shrinks, after every n finite gradients in a row S grows.
/// </summary>
/// <remarks>
/// Gradients that are computed in half precision are not lost to 0 where the loss is multiplied by S before. The caller multiplies: S is
/// <see cref="Session{T}.LossScale"/>, the slot <c>scale</c>, <see cref="StepReport.LossScale"/>; the loss handed in is f itself. Where the
/// library evaluates an objective (<c>minimize</c>, <c>Step(objective)</c>, batches that ranks share) it multiplies the gradient by itself;
/// else ranks are to be handed gradients. It stands once, before every other stage, wherever it is declared; all of them, reports and
/// conditions too, see g/S.
/// <para>A gradient with a NaN or an infinity in a tensor that is not frozen leaves parameters and state bit-unchanged but for
/// <c>S = max(S·backoff, minimum)</c>, <c>good = 0</c> and the count <c>skipped</c>; t does not advance. It never throws:
/// <c>skipNonFinite n</c> beside it gives up at the n-th in a row, <c>minimize</c> after as many as the run has steps. After
/// <see cref="Every"/> finite gradients in a row <c>S = S·growth</c>, while that is finite in float32. S is the same on all ranks, and
/// lasts in checkpoints.</para>
/// <para>With powers of two everything is exact: a run on gradients times S is the run without on plain ones, bit for bit.
/// Under <c>accumulate</c> every micro-gradient has the S of its time, and one that is not finite is skipped alone.</para>
/// <para>Source: Micikevicius et al. 2018, section 3.2. Equals PyTorch <c>GradScaler</c> (<c>unscale_</c>, <c>step</c> and <c>update</c> in
/// one), Keras <c>LossScaleOptimizer</c> with <c>Initial = 32768</c>. Differs: PyTorch has no <see cref="Minimum"/> and skips all
/// micro-gradients of an update; JMP <c>DynamicLossScale</c> has a minimum of 1.</para>
/// </remarks>
/// <example><c>adam 0.001 |> lossScale</c>, <c>adam 0.001 |> lossScaleWith (LossScale(Initial = 1024.0, Every = 200))</c></example>
[Word("lossScale")]
public sealed record LossScale : IFusedStage, ILossScale
{
    /// <summary>S before the first step: S > 0, finite; a power of two is exact.</summary>
    public double Initial { get; init => field = Require.Positive(value, nameof(Initial)); } = 65536;

    /// <summary>What S is multiplied with when it grows: growth ≥ 1, finite.</summary>
    public double Growth { get; init => field = Require.AtLeast(value, 1, nameof(Growth)); } = 2;

    /// <summary>What S is multiplied with when it shrinks: 0 &lt; backoff &lt; 1.</summary>
    public double Backoff { get; init => field = Require.Inside(value, 0, 1, nameof(Backoff)); } = 0.5;

    /// <summary>n, the number of finite gradients in a row after which S grows: n ≥ 1.</summary>
    public int Every { get; init => field = Require.Count(value, nameof(Every)); } = 2000;

    /// <summary>The smallest S that it shrinks to: minimum > 0, finite.</summary>
    public double Minimum { get; init => field = Require.Positive(value, nameof(Minimum)); } = 1;

    Phase IStage.Phase => Phase.Gradient;

    string IStage.Equation => "u = g/S (before every other stage); skip the step and shrink S where g is not finite";

    StageTraits IStage.Traits =>
        StageTraits.Leads | StageTraits.Single | StageTraits.Elementwise | StageTraits.Rotations | StageTraits.RestsAtZero;

    IReadOnlyList<SlotSpec> IStage.Slots =>
        [SlotSpec.Scalar("scale", Initial), SlotSpec.Count("good"), SlotSpec.Count("skipped")];

    double ILossScale.Shrunk(double scale) => Math.Max(scale * Backoff, Minimum);

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var (scale, good) = (builder.Scalar("scale"), builder.Count("good"));
        builder.Apply(new Rule<V, T>(builder.Compute(step => Take(step, scale, good))));
    }

    // The S of this gradient; the next one's is in the slot.
    private double Take(StepContext step, ScalarSlot scale, CountSlot good)
    {
        var now = step[scale];
        step[good]++;
        if (step[good] >= Every)
        {
            step[good] = 0;
            step[scale] = float.IsFinite((float)(now * Growth)) ? now * Growth : now;
        }

        return now;
    }

    private struct Rule<V, T>(Measure scale) : IRule0<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _scale;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => _scale = V.Broadcast(step[scale]);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p) => u /= _scale;
    }
}
