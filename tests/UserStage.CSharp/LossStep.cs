using System.Runtime.CompilerServices;
using OptCore;
using OptCore.Kernels;

namespace UserStage;

/// <summary>A step from the loss: <c>u = u·min(a, (f − low)/‖u‖²)</c>, 0 where u is 0 or f ≤ low.</summary>
/// <param name="Low">A bound below every loss.</param>
/// <param name="Largest">a, the largest factor.</param>
public sealed record LossStep(double Low, double Largest) : IFusedStage
{
    /// <summary>Whether the loss of the step before is taken: a mutant.</summary>
    public bool Lags { get; init; }

    /// <inheritdoc/>
    public Phase Phase => Phase.Direction;

    /// <inheritdoc/>
    public string Equation => "u = u min(a, (f − low)/‖u‖²)";

    /// <inheritdoc/>
    public StageTraits Traits => StageTraits.NeedsLoss | StageTraits.RestsAtZero;

    /// <inheritdoc/>
    public IReadOnlyList<SlotSpec> Slots => [SlotSpec.Scalar("factor"), SlotSpec.Scalar("loss", Low)];

    /// <inheritdoc/>
    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        var (norm, factor, last) = (builder.Norm(Measured.Update), builder.Scalar("factor"), builder.Scalar("loss"));
        builder.Then(step =>
        {
            var square = step[norm] * step[norm];
            var loss = Lags ? step[last] : step.Loss;
            step[factor] = square > 0 ? Math.Clamp((loss - Low) / square, 0, Largest) : 0;
            step[last] = step.Loss;
        });
        builder.Apply(new Rule<V, T>(factor));
    }

    private struct Rule<V, T>(ScalarSlot factor) : IRule0<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _factor;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => _factor = V.Broadcast(step[factor]);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p) => u *= _factor;
    }
}
