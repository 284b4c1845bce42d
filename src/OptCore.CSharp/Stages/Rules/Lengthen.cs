using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Multiplies the update by <c>max(size, least)</c>, a size measured of the parameters: what the scalings by a tensor's size share. The
/// identity where the size is not finite.
/// </summary>
internal struct Lengthen<V, T>(Reading least, Measure size) : IRule0<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private Scaled<V, T> _factor;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(StepContext step)
    {
        var measured = step[size];
        _factor = new(double.IsFinite(measured) ? Quotient.Of(Math.Max(measured, least.Value), 1) : Quotient.One);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Apply(ref V u, ref V p) => u = _factor.Of(u);
}
