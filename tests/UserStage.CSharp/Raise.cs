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
    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Apply(new Kernel<V, T>(Constant));

    private struct Kernel<V, T>(double constant) : IKernel<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private V _constant;

        public readonly KernelUse Use => KernelUse.Update;

        public readonly void Begin(StepContext step)
        {
        }

        public void Open(in Lanes<T> lanes) => _constant = V.Broadcast(constant);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply<P>(ref V u, ref V p, P at)
            where P : struct, IPlace<V, T> => u += _constant;
    }
}
