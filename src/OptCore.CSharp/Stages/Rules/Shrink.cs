using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>The factor <c>min(1, c/‖u‖)</c>: what all clips by norm share.</summary>
internal readonly struct Shrink(Reading maxNorm, Measure norm) : IFactor
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Quotient Of(StepContext step)
    {
        var length = step[norm];
        return length > maxNorm.Value && double.IsFinite(length) ? Quotient.Of(maxNorm.Value, length) : Quotient.One;
    }
}
