using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>A clip by norm.</summary>
internal interface IShrinks
{
    /// <summary>c, the largest norm let through.</summary>
    double MaxNorm { get; }
}

/// <summary>Multiplies the update by <c>min(1, c/‖u‖)</c>: what all clips by norm share.</summary>
internal struct Shrink<V, T>(IShrinks stage, Measure norm) : IRule0<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private Scaled<V, T> _ratio;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(StepContext step)
    {
        var (length, maxNorm) = (step[norm], stage.MaxNorm);
        _ratio = new(length > maxNorm && double.IsFinite(length) ? Quotient.Of(maxNorm, length) : Quotient.One);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Apply(ref V u, ref V p) => u = _ratio.Of(u);
}
