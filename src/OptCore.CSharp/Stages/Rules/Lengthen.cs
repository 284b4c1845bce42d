using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// The factor <c>max(size, least)</c>, a size measured of the parameters: what the scalings by a tensor's size share. 1 where the size is
/// not finite.
/// </summary>
internal readonly struct Lengthen(Reading least, Measure size) : IFactor
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Quotient Of(StepContext step)
    {
        var measured = step[size];
        return double.IsFinite(measured) ? Quotient.Of(Math.Max(measured, least.Value), 1) : Quotient.One;
    }
}
