using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

/// <summary>
/// One vector of the state, ready for use inside a loop: it is read and written through an <see cref="IPlace{V, T}"/> only.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
internal readonly unsafe struct Lane<T>
    where T : unmanaged
{
    internal readonly T* Origin;

    internal Lane(T* origin) => Origin = origin;
}

/// <summary>The gradient of the running step, ready for use inside a loop.</summary>
/// <typeparam name="T">The element type.</typeparam>
internal readonly unsafe struct GradientLane<T>
    where T : unmanaged
{
    internal readonly T* Origin;

    internal GradientLane(T* origin) => Origin = origin;
}

/// <summary>
/// The parameters, ready for use inside a loop. Apart from <see cref="Lane{T}"/> because they may be the caller's memory, one block
/// for every tensor: then the place knows where they are.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
internal readonly unsafe struct ParameterLane<T>
    where T : unmanaged
{
    internal readonly T* Origin;

    internal ParameterLane(T* origin) => Origin = origin;
}

/// <summary>The vectors a kernel may open at the start of a loop.</summary>
/// <typeparam name="T">The element type.</typeparam>
internal unsafe struct Lanes<T>
    where T : unmanaged
{
    /// <summary>The gradient, which changes from step to step while the rest stays.</summary>
    internal T* GradientOrigin;

    internal readonly nint Length;

    /// <summary>Whether the new values should bypass the caches.</summary>
    internal readonly bool Streams;

    private readonly T* _state;
    private readonly nint _stride;
    private readonly T* _update;

    internal Lanes(T* state, nint stride, nint length, T* update, bool streams)
    {
        _state = state;
        _stride = stride;
        _update = update;
        Length = length;
        Streams = streams;
    }

    /// <summary>The parameters.</summary>
    public readonly ParameterLane<T> Parameters => new(_state);

    /// <summary>The gradient of this step, to be read only.</summary>
    public readonly GradientLane<T> Gradient => new(GradientOrigin);

    internal readonly Lane<T> Update => new(_update);

    /// <summary>A vector of the state: 0 for the parameters, the others for slots with one number per parameter.</summary>
    /// <param name="lane">The index.</param>
    public readonly Lane<T> this[int lane]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(_state + (lane * _stride));
    }
}
