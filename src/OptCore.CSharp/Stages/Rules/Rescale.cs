using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// The factor <c>c·‖p‖/(‖u‖+ε)</c>, or <c>c/(‖u‖+ε)</c> where no ‖p‖ is measured: what all rules that replace the length of the update
/// share. 1 where a norm is 0 or not finite.
/// </summary>
internal readonly struct Rescale(Reading coefficient, Reading epsilon, Measure norm, Measure? parameters = null) : IFactor
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Quotient Of(StepContext step)
    {
        var length = step[norm];
        var target = parameters is { } measure ? step[measure] : 1;
        return length > 0 && target > 0 && double.IsFinite(length) && double.IsFinite(target)
            ? Quotient.Of(coefficient.Value * target, length + epsilon.Value)
            : Quotient.One;
    }
}
