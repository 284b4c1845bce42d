using System.Runtime.CompilerServices;
using OptCore;
using OptCore.Kernels;

namespace UserStage;

/// <summary>
/// Heavy-ball momentum as a user of the library writes a fused stage: <c>v = β v + u; u = v</c>. In C#, as F# cannot
/// implement a generic method whose constraint mentions its type's own constrained parameters (error FS0017).
/// </summary>
/// <param name="Beta">β, the decay of the buffer: 0 ≤ β &lt; 1.</param>
public sealed record Blend(double Beta) : IFusedStage
{
    /// <summary>β, the decay of the buffer: 0 ≤ β &lt; 1.</summary>
    public double Beta { get; init => field = Require.Decay(value, nameof(Beta)); } = Require.Decay(Beta, nameof(Beta));

    /// <inheritdoc/>
    public Phase Phase => Phase.Direction;

    /// <inheritdoc/>
    public string Equation => "v = β v + u; u = v";

    /// <inheritdoc/>
    public IReadOnlyList<SlotSpec> Slots => [SlotSpec.Element("v")];

    /// <inheritdoc/>
    void IFusedStage.Build<V, T>(StageBuilder<V, T> builder) => builder.Apply(new Kernel<V, T>(Beta, builder.Element("v")));

    private struct Kernel<V, T>(double beta, ElementSlot slot) : IKernel<V, T>
        where V : struct, IVector<V, T>
        where T : unmanaged
    {
        private Lane<T> _v;
        private V _b;

        public readonly KernelUse Use => KernelUse.Update;

        public readonly void Begin(StepContext step)
        {
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Open(in Lanes<T> lanes) => (_v, _b) = (lanes[slot], V.Broadcast(beta));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Apply<P>(ref V u, ref V p, P at)
            where P : struct, IPlace<V, T>
        {
            u = V.Fma(_b, at.Load(_v), u);
            at.Store(_v, u);
        }
    }
}
