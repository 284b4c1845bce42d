using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

/// <summary>One movement of the update or the parameters between registers and memory.</summary>
internal interface ITransfer
{
    static abstract void Move<V, T, P>(in Lanes<T> lanes, ref V u, ref V p, P at)
        where V : struct, IVector<V, T>
        where T : unmanaged
        where P : struct, IPlace<V, T>;
}

/// <summary>A transfer as a kernel: the ends of a segment.</summary>
internal struct Transfer<V, T, M> : IKernel<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
    where M : struct, ITransfer
{
    private Lanes<T> _lanes;

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
    public void Open(in Lanes<T> lanes, StepContext step) => _lanes = lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Apply<P>(ref V u, ref V p, P at)
        where P : struct, IPlace<V, T> => M.Move(in _lanes, ref u, ref p, at);
}

/// <summary><c>u ← g</c>: the start of a pipeline.</summary>
internal readonly struct LoadGradient : ITransfer
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Move<V, T, P>(in Lanes<T> lanes, ref V u, ref V p, P at)
        where V : struct, IVector<V, T>
        where T : unmanaged
        where P : struct, IPlace<V, T> => u = at.Load(lanes.Gradient);
}

/// <summary>Takes the update up again after a barrier.</summary>
internal readonly struct LoadUpdate : ITransfer
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Move<V, T, P>(in Lanes<T> lanes, ref V u, ref V p, P at)
        where V : struct, IVector<V, T>
        where T : unmanaged
        where P : struct, IPlace<V, T> => u = at.Load(lanes.Update);
}

/// <summary>Puts the update aside before a barrier.</summary>
internal readonly struct StoreUpdate : ITransfer
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Move<V, T, P>(in Lanes<T> lanes, ref V u, ref V p, P at)
        where V : struct, IVector<V, T>
        where T : unmanaged
        where P : struct, IPlace<V, T> => at.StoreAside(lanes.Update, u);
}

/// <summary>Reads the parameters of the old state.</summary>
internal readonly struct LoadParameters : ITransfer
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Move<V, T, P>(in Lanes<T> lanes, ref V u, ref V p, P at)
        where V : struct, IVector<V, T>
        where T : unmanaged
        where P : struct, IPlace<V, T> => p = at.Load(lanes.Parameters);
}

/// <summary>Reads the parameters that an earlier segment of this step has stored.</summary>
internal readonly struct ReloadParameters : ITransfer
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Move<V, T, P>(in Lanes<T> lanes, ref V u, ref V p, P at)
        where V : struct, IVector<V, T>
        where T : unmanaged
        where P : struct, IPlace<V, T> => p = at.Reload(lanes.Parameters);
}

/// <summary>Writes the parameters of the new state.</summary>
internal readonly struct StoreParameters : ITransfer
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Move<V, T, P>(in Lanes<T> lanes, ref V u, ref V p, P at)
        where V : struct, IVector<V, T>
        where T : unmanaged
        where P : struct, IPlace<V, T> => at.Store(lanes.Parameters, p);
}
