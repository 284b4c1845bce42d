using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Multiplies the update by <c>c·‖p‖/(‖u‖+ε)</c>, or by <c>1/(‖u‖+ε)</c> where no ‖p‖ is measured: what all rules that
/// replace the length of the update share. The identity where a norm is 0 or not finite.
/// </summary>
internal struct Rescale<V, T>(Measure norm, double epsilon, Measure? parameters = null, double coefficient = 1) : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private Quotient _ratio;
    private V _power, _factor;

    public readonly KernelUse Use => KernelUse.Update;

    public void Begin(StepContext step)
    {
        var length = step[norm];
        var target = parameters is { } measure ? step[measure] : 1;
        _ratio = length > 0 && target > 0 && double.IsFinite(length) && double.IsFinite(target)
            ? Quotient.Of(coefficient * target, length + epsilon)
            : Quotient.One;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes) => (_power, _factor) = (V.Broadcast(_ratio.Power), V.Broadcast(_ratio.Factor));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T> => u = u * _power * _factor;
}
