using System.Runtime.CompilerServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>What a stage multiplies the whole update with, from numbers that are known before the loop.</summary>
internal interface IFactor
{
    /// <summary>The factor in this step, for this tensor if the loop works tensor by tensor.</summary>
    Quotient Of(StepContext step);
}

/// <summary>Multiplies the update by a factor.</summary>
/// <remarks>
/// A quotient may call, so it is worked out apart from the loop, and goes to the loop's own copy through memory: as two numbers, which are
/// broadcast there. A register of 64 bytes would lie across two cache lines, from which a load waits for the store (4 ns a step).
/// </remarks>
/// <param name="factor">The factor.</param>
internal struct Times<V, T, F>(F factor) : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
    where F : struct, IFactor
{
    private Quotient _quotient;
    private Scaled<V, T> _scaled;

    public static bool IsPlain
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(StepContext step) => _quotient = factor.Of(step);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Open(in Lanes<T> lanes, StepContext step) => _scaled = new(_quotient);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T> => u = _scaled.Of(u);
}
