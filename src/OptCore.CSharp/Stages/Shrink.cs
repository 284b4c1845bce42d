using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>Multiplies the update by <c>min(1, c/‖u‖)</c>: what all clips by norm share.</summary>
internal struct Shrink<V, T>(double maxNorm, Measure norm) : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private double _factor;
    private V _f;

    public readonly KernelUse Use => KernelUse.Update;

    public void Begin(StepContext step)
    {
        var length = step[norm];
        _factor = length > maxNorm && double.IsFinite(length) ? maxNorm / length : 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes) => _f = V.Broadcast(_factor);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T> => u *= _f;
}
