using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// Multiplies the update by <c>c·‖p‖/(‖u‖+ε)</c>, or by <c>c/(‖u‖+ε)</c> where no ‖p‖ is measured: what all rules that
/// replace the length of the update share. The identity where a norm is 0 or not finite.
/// </summary>
internal struct Rescale<V, T>(Reading coefficient, Reading epsilon, Measure norm, Measure? parameters = null) : IRule0<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private Scaled<V, T> _ratio;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(StepContext step)
    {
        var length = step[norm];
        var target = parameters is { } measure ? step[measure] : 1;
        _ratio = new(length > 0 && target > 0 && double.IsFinite(length) && double.IsFinite(target)
            ? Quotient.Of(coefficient.Value * target, length + epsilon.Value)
            : Quotient.One);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Apply(ref V u, ref V p) => u = _ratio.Of(u);
}
