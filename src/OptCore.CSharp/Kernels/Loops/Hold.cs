using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

/// <summary>Leaves its slot as it is: a step to another state carries it along.</summary>
internal readonly struct Hold<V, T> : IRule1<V, T>, IPlainRule, IKeepsLast
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(StepContext step)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply(ref V u, ref V p, ref V a)
    {
    }
}
