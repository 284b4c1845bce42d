using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

/// <summary>
/// The place in the vectors that a kernel works on: a whole register or the masked rest. A step that leaves the old state
/// alone reads at one place and writes at another; in place both are the same.
/// </summary>
/// <typeparam name="V">The vector type.</typeparam>
/// <typeparam name="T">The element type.</typeparam>
internal interface IPlace<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    /// <summary>Reads the value a slot had before this step.</summary>
    /// <param name="lane">The slot.</param>
    /// <returns>The elements; zeros outside the mask.</returns>
    V Load(Lane<T> lane);

    /// <summary>Writes the value a slot has after this step.</summary>
    /// <param name="lane">The slot.</param>
    /// <param name="value">The elements.</param>
    void Store(Lane<T> lane, V value);

    /// <summary>Whether a slot that stays as it is must be stored, too: not where the step is in place.</summary>
    bool Moves { get; }

    /// <summary>Reads what an earlier part of this step has stored.</summary>
    /// <param name="lane">The slot.</param>
    /// <returns>The elements; zeros outside the mask.</returns>
    V Reload(Lane<T> lane);

    /// <summary>Reads the gradient, which is not the library's memory.</summary>
    /// <param name="gradient">The gradient.</param>
    /// <returns>The elements; zeros outside the mask.</returns>
    V Load(GradientLane<T> gradient);

    /// <summary>Reads the parameters from before this step.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <returns>The elements; zeros outside the mask.</returns>
    V Load(ParameterLane<T> parameters);

    /// <summary>Writes the parameters.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="value">The elements.</param>
    void Store(ParameterLane<T> parameters, V value);

    /// <summary>Reads the parameters that an earlier part of this step has stored.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <returns>The elements; zeros outside the mask.</returns>
    V Reload(ParameterLane<T> parameters);

    /// <summary>Writes to a vector that is not part of the state.</summary>
    void StoreAside(Lane<T> lane, V value);
}

/// <summary>
/// A whole register of the library's own vectors, which are padded to whole registers. The caller's gradient may end within
/// it: then the rest is loaded under a mask, and zeros follow. (A masked store would keep the next step from forwarding it.)
/// </summary>
/// <param name="read">The index of the first element to read.</param>
/// <param name="write">The index of the first element to write.</param>
/// <param name="left">The number of elements that the gradient still has.</param>
internal readonly unsafe struct WholePlace<V, T>(nint read, nint write, nint left) : IPlace<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private readonly nint _read = read;
    private readonly nint _write = write;
    private readonly nint _left = left;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Load(Lane<T> lane) => V.Load(lane.Origin + _read);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(Lane<T> lane, V value) => V.Store(lane.Origin + _write, value);

    public bool Moves
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _write != _read;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Reload(Lane<T> lane) => V.Load(lane.Origin + _write);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Load(GradientLane<T> gradient) =>
        _left >= V.Count ? V.Load(gradient.Origin + _read) : V.Load(gradient.Origin + _read, V.First((int)_left), (int)_left);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Load(ParameterLane<T> parameters) => Load(new Lane<T>(parameters.Origin));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ParameterLane<T> parameters, V value) => Store(new Lane<T>(parameters.Origin), value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Reload(ParameterLane<T> parameters) => Reload(new Lane<T>(parameters.Origin));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreAside(Lane<T> lane, V value) => V.Store(lane.Origin + _read, value);
}

/// <summary>
/// A whole register whose new values bypass the caches: for steps out of place on vectors that no cache holds, where they
/// save reading what is overwritten. In place they would cost far more.
/// </summary>
internal readonly unsafe struct StreamedPlace<V, T>(nint read, nint write) : IPlace<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private readonly nint _read = read;
    private readonly nint _write = write;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Load(Lane<T> lane) => V.Load(lane.Origin + _read);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(Lane<T> lane, V value) => V.Stream(lane.Origin + _write, value);

    public bool Moves
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Reload(Lane<T> lane) => V.Load(lane.Origin + _write);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Load(GradientLane<T> gradient) => V.Load(gradient.Origin + _read);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Load(ParameterLane<T> parameters) => Load(new Lane<T>(parameters.Origin));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ParameterLane<T> parameters, V value) => Store(new Lane<T>(parameters.Origin), value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Reload(ParameterLane<T> parameters) => Reload(new Lane<T>(parameters.Origin));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreAside(Lane<T> lane, V value) => V.Store(lane.Origin + _read, value);
}

/// <summary>The first <paramref name="count"/> elements of a register.</summary>
internal readonly unsafe struct MaskedPlace<V, T>(nint read, nint write, int count) : IPlace<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private readonly nint _read = read;
    private readonly nint _write = write;
    private readonly int _count = count;
    private readonly V _mask = V.First(count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Load(Lane<T> lane) => V.Load(lane.Origin + _read, _mask, _count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(Lane<T> lane, V value) => V.Store(lane.Origin + _write, value, _mask, _count);

    public bool Moves
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _write != _read;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Reload(Lane<T> lane) => V.Load(lane.Origin + _write, _mask, _count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Load(GradientLane<T> gradient) => V.Load(gradient.Origin + _read, _mask, _count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Load(ParameterLane<T> parameters) => Load(new Lane<T>(parameters.Origin));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ParameterLane<T> parameters, V value) => Store(new Lane<T>(parameters.Origin), value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Reload(ParameterLane<T> parameters) => Reload(new Lane<T>(parameters.Origin));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreAside(Lane<T> lane, V value) => V.Store(lane.Origin + _read, value, _mask, _count);
}
