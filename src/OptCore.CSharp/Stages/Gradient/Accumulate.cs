using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Makes one update of n gradients: the first n−1 are only added up, <c>sum = sum + u</c>; the n-th lets their mean pass,
/// <c>u = (sum + u)/n; sum = 0</c>.
/// </summary>
/// <remarks>
/// Stages of the phase Gradient declared before it run on every micro-gradient, those after it and everything later once
/// per update; t counts updates, so schedules do too. The losses are averaged as well: loss-aware stages see the mean,
/// NaN if one was missing. A gradient that <c>skipNonFinite</c> refuses does not count; without that guard a NaN spoils
/// the one update it belongs to and never stays in <c>sum</c>. The sum is of the number type of the parameters.
/// n = 1 is the identity, without state. Slots otherwise: <c>count</c> (micro-gradients taken up), <c>sum</c>, <c>loss</c>.
/// <para>Equals Optax <c>MultiSteps(n)</c> with <c>use_grad_mean</c>. Differs: Optax keeps a running mean, evaluates the
/// update at every micro-step and masks by multiplying with 0, so that one NaN poisons all later steps; Keras'
/// schedules count micro-steps.</para>
/// </remarks>
/// <param name="Steps">n, the number of gradients of one update: n ≥ 1.</param>
/// <example><c>adam 0.001 |> accumulate 4 |> clip 1.0</c> clips the mean, <c>clip 1.0 |> accumulate 4</c> each of the four.</example>
[Word("accumulate")]
public sealed record Accumulate(int Steps) : IFusedStage, IGate
{
    /// <summary>n, the number of gradients of one update: n ≥ 1.</summary>
    public int Steps { get; init => field = Require.Count(value, nameof(Steps)); } = Require.Count(Steps, nameof(Steps));

    Phase IStage.Phase => Phase.Gradient;
    string IStage.Equation => Steps == 1 ? "u = u" : "sum = sum + u; every n-th time u = sum/n, sum = 0";

    StageTraits IStage.Traits =>
        StageTraits.Single | StageTraits.RestsAtZero | StageTraits.Linear;

    int IGate.GradientsPerUpdate => Steps;
    string IGate.Counter => "count";

    IReadOnlyList<SlotSpec> IStage.Slots =>
        Steps == 1 ? [] : [SlotSpec.Count("count"), SlotSpec.Element("sum"), SlotSpec.Scalar("loss")];

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        if (Steps == 1)
        {
            return;
        }

        var loss = builder.Scalar("loss");
        if (builder.Holding)
        {
            builder.BeforeStep(step => step[loss] += step.Loss);
            builder.Apply(default(Add<V, T>), "sum");
        }
        else
        {
            builder.BeforeStep(step => (step.Loss, step[loss]) = ((step[loss] + step.Loss) / Steps, 0));
            builder.Apply(new Complete<V, T>(this), "sum");
        }
    }

    private readonly struct Add<V, T> : IRule1<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref V u, ref V p, ref V sum) => sum += u;
    }

    private struct Complete<V, T>(Accumulate accumulate) : IRule1<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _n;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => _n = V.Broadcast(accumulate.Steps);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V sum) => (u, sum) = ((sum + u) / _n, V.Zero);
    }
}
