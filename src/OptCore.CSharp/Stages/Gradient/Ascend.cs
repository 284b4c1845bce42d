using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Maximizes: <c>u = −u</c> and f = −f before every other stage, wherever it is declared. Every step is that of the same optimizer on −f.
/// </summary>
/// <remarks>
/// The negation is exact, bit for bit. Decay still shrinks p, and constraints hold as they are. Loss-aware stages see −f; the report's
/// loss is f. Under <c>sam</c> the point of the gradient is that of −f. It stands once in an optimizer, never in a scope.
/// <para>Equals PyTorch <c>maximize=True</c>. Optax has it as <c>scale(-1)</c> in front of a chain, where the loss keeps its
/// sign.</para>
/// </remarks>
/// <example><c>adam 0.001 |> ascend</c></example>
[Word("ascend")]
public sealed record Ascend : IFusedStage, IReversal
{
    Phase IStage.Phase => Phase.Gradient;
    string IStage.Equation => "u = −u; f = −f (before every other stage)";

    StageTraits IStage.Traits =>
        StageTraits.Leads | StageTraits.Single | StageTraits.Linear
            | StageTraits.Elementwise | StageTraits.Rotations | StageTraits.RestsAtZero;

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder)
    {
        builder.BeforeStep(step => step.Loss = -step.Loss);
        builder.Apply(default(Rule<V, T>));
    }

    private struct Rule<V, T> : IRule0<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _minus;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => _minus = V.Broadcast(-1);

        // Multiplied, not subtracted from 0: zeros change their sign, too.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p) => u *= _minus;
    }
}
