using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>Multiplies the update by <c>min(1, c/‖u‖)</c>: what all clips by norm share.</summary>
internal struct Shrink<V, T>(Reading maxNorm, Measure norm) : IRule0<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private Scaled<V, T> _ratio;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(StepContext step)
    {
        var length = step[norm];
        _ratio = new(length > maxNorm.Value && double.IsFinite(length) ? Quotient.Of(maxNorm.Value, length) : Quotient.One);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Apply(ref V u, ref V p) => u = _ratio.Of(u);
}
