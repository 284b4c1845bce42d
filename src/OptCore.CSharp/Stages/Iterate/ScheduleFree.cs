using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Schedule-free learning: the gradient is taken between the iterate z and its average x, so that a constant rate does what a
/// decaying one would.
/// <code>
/// z = z − η_t u  in place of the step; constraints act on z
/// w = k^StepPower · (max η so far)^RatePower;  W = W + w;  x = x + (w/W)(z − x)
/// p = β x + (1−β) z
/// </code>
/// </summary>
/// <remarks>
/// The parameters p are the point of the gradient, y of the paper; z and x are slots, both p_0 at the start. x is what
/// <c>Result.Averaged</c> returns and what averages declared behind it read: the point to be used. Each tensor has its own
/// sum <c>W</c> and largest rate (<c>largestRate</c>), by its own η; while W = 0 x stays. Decay and whatever reads the
/// parameters before the step act at p, constraints on z. β = 0 is the head itself with a mean of its iterates, β = 1
/// primal averaging. The momentum of the head is best left out (<c>Adam(Beta1 = 0.0)</c>), a warm-up kept. It owns the
/// parameters: no <c>lookahead</c>, <c>mechanic</c> or line search beside it.
/// <para>Source: Defazio et al. 2024. Equals the authors' <c>SGDScheduleFree</c> and <c>AdamWScheduleFree</c> with their
/// warm-up as <c>warmup n</c>, and Optax <c>contrib.schedule_free</c> at a constant rate. Differs: Optax counts the outer
/// step one ahead; the authors' <c>eval()</c> puts x in the place of p.</para>
/// </remarks>
/// <param name="Beta">β, the part of x in the point of the gradient: 0 ≤ β ≤ 1.</param>
/// <example><c>sgd 1.0 |> scheduleFree 0.9 |> warmup 100</c>,
/// <c>adamWith (Adam(Beta1 = 0.0)) 0.0025 |> weightDecay 0.01 |> scheduleFree 0.9</c></example>
[Word("scheduleFree")]
public sealed record ScheduleFree(double Beta) : IOwnsParameters, IAverage
{
    /// <summary>β, the part of x in the point of the gradient: 0 ≤ β ≤ 1.</summary>
    public double Beta { get; init => field = Require.Between(value, 0, 1, nameof(Beta)); } = Require.Between(Beta, 0, 1, nameof(Beta));

    /// <summary>The power of the largest rate so far in the weight of an iterate: ≥ 0.</summary>
    public double RatePower { get; init => field = Require.NonNegative(value, nameof(RatePower)); } = 2;

    /// <summary>The power of the step's number in the weight of an iterate: ≥ 0.</summary>
    public double StepPower { get; init => field = Require.NonNegative(value, nameof(StepPower)); }

    Phase IStage.Phase => Phase.Iterate;

    string IStage.Equation =>
        "p is y; z = z − η_t u in place of the step; w = k^stepPower (max η)^ratePower; W = W + w; x = x + (w/W)(z − x); "
        + "p = β x + (1−β) z";

    string IAverage.AverageSlot => "x";
    StageTraits IStage.Traits => StageTraits.Elementwise | StageTraits.RestsAtZero;

    IReadOnlyList<SlotSpec> IStage.Slots =>
        [SlotSpec.Copy("z"), SlotSpec.Copy("x"), SlotSpec.PerTensor("W"), SlotSpec.PerTensor("largestRate")];

    void IOwnsParameters.BuildBeforeStep<V, T>(StageBuilder<V, T> builder)
    {
        var (sum, largest) = (builder.PerTensor("W"), builder.PerTensor("largestRate"));
        builder.ThenEachTensor(step =>
        {
            step[largest] = Math.Max(step[largest], step.Rate);
            step[sum] += Weight(step, largest);
        });
        builder.Apply(default(StepFrom<V, T>), "z");
    }

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) =>
        builder.Apply(new Average<V, T>(this, builder.PerTensor("W"), builder.PerTensor("largestRate")), "z", "x");

    void IOwnsParameters.BuildAtEnd<V, T>(StageBuilder<V, T> builder) => builder.Apply(new Between<V, T>(this), "z");

    private double Weight(StepContext step, TensorSlot largest) => Math.Pow(step.Number, StepPower) * Math.Pow(step[largest], RatePower);

    /// <summary>The step starts from z, not from the point of the gradient.</summary>
    private readonly struct StepFrom<V, T> : IRule1<V, T>, IPlainRule, IWritesParameters
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref V u, ref V p, ref V z) => p = z;
    }

    /// <summary>Behind the constraints p is z; what follows reads x.</summary>
    private struct Average<V, T>(ScheduleFree free, TensorSlot sum, TensorSlot largest) : IRule2<V, T>, IWritesParameters
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _share;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) =>
            _share = V.Broadcast(step[sum] > 0 ? free.Weight(step, largest) / step[sum] : 0);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V z, ref V x)
        {
            z = p;
            x = V.Fma(_share, z - x, x);
            p = x;
        }
    }

    /// <summary>p is x here; it becomes the point of the next gradient, bit for bit z where both are equal.</summary>
    private struct Between<V, T>(ScheduleFree free) : IRule1<V, T>, IPlainRule, IWritesParameters
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _beta;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => _beta = V.Broadcast(free.Beta);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p, ref V z) => p = V.Fma(_beta, p - z, z);
    }
}
