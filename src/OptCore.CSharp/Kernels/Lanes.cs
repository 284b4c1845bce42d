using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

/// <summary>
/// One vector of the state, ready for use inside a loop: it is read and written through an <see cref="IPlace{V, T}"/> only.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly unsafe struct Lane<T>
    where T : unmanaged
{
    internal readonly T* Origin;

    internal Lane(T* origin) => Origin = origin;
}

/// <summary>The gradient of the running step, ready for use inside a loop.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly unsafe struct GradientLane<T>
    where T : unmanaged
{
    internal readonly T* Origin;

    internal GradientLane(T* origin) => Origin = origin;
}

/// <summary>The vectors a kernel may open at the start of a loop.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly unsafe struct Lanes<T>
    where T : unmanaged
{
    private readonly T* _state;
    private readonly nint _stride;
    private readonly T* _gradient;
    private readonly T* _update;
    private readonly nint _length;

    internal Lanes(T* state, nint stride, nint length, T* gradient, T* update, bool streams)
    {
        Streams = streams;
        _length = length;
        _state = state;
        _stride = stride;
        _gradient = gradient;
        _update = update;
    }

    /// <summary>The parameters.</summary>
    public Lane<T> Parameters => new(_state);

    /// <summary>The gradient of this step, to be read only.</summary>
    public GradientLane<T> Gradient => new(_gradient);

    internal Lane<T> Update => new(_update);

    internal nint Length => _length;

    /// <summary>Whether the new values should bypass the caches.</summary>
    internal readonly bool Streams;

    /// <summary>The slot with a given handle.</summary>
    /// <param name="slot">The handle that the builder returned for the slot's name.</param>
    public Lane<T> this[ElementSlot slot]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(_state + (slot.Lane * _stride));
    }
}

/// <summary>The handle of a slot with one number per parameter.</summary>
public readonly struct ElementSlot
{
    internal readonly int Lane;

    internal ElementSlot(int lane) => Lane = lane;
}
