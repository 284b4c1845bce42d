using System.Runtime.CompilerServices;
using OptCore;
using OptCore.Kernels;

namespace UserStage;

/// <summary>Adds a constant, <c>u = u + c</c>: makes something of the zeros behind the end of a vector.</summary>
/// <param name="Constant">c.</param>
public sealed record Raise(double Constant) : IFusedStage
{
    /// <inheritdoc/>
    public Phase Phase => Phase.Direction;

    /// <inheritdoc/>
    public string Equation => "u = u + c";

    /// <inheritdoc/>
    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Apply(new Rule<V, T>(this));

    private struct Rule<V, T>(Raise raise) : IRule0<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _constant;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(StepContext step) => _constant = V.Broadcast(raise.Constant);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply(ref V u, ref V p) => u += _constant;
    }
}
