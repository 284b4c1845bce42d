using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>u = 0, also in the place of a NaN: what stands for a stage that <c>zeroUnless</c> leaves out.</summary>
/// <param name="Phase">The phase of that stage.</param>
internal sealed record Zero(Phase Phase) : IFusedStage
{
    string IStage.Equation => "u = 0";

    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Apply(default(Rule<V, T>));

    private readonly struct Rule<V, T> : IRule0<V, T>, IPlainRule
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step)
        {
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref V u, ref V p) => u = V.Zero;
    }
}
