using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>Multiplies the update by <c>min(1, c/‖u‖)</c>: what all clips by norm share.</summary>
internal struct Shrink<V, T>(double maxNorm, Measure norm) : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private Quotient _ratio;
    private V _power, _factor;

    public readonly KernelUse Use => KernelUse.Update;

    public void Begin(StepContext step)
    {
        var length = step[norm];
        _ratio = length > maxNorm && double.IsFinite(length) ? Quotient.Of(maxNorm, length) : Quotient.One;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes) => (_power, _factor) = (V.Broadcast(_ratio.Power), V.Broadcast(_ratio.Factor));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T> => u = u * _power * _factor;
}
