using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

/// <summary>The step itself: <c>p ← p − η_t ⊙ u</c>.</summary>
internal struct Descend<V, T> : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private V _minusRate;

    public static bool IsPlain
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Begin(StepContext step)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes, StepContext step) => _minusRate = V.Broadcast(-step.StepRate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T> => p = V.Fma(_minusRate, u, p);
}
