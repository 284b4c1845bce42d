using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace OptCore.Kernels;

/// <summary>
/// Where the caller has one tensor: the addresses that element 0 of the layout would have, if all its vectors lay as this tensor
/// does. The tensor's elements alone are there.
/// </summary>
internal unsafe struct TensorPlace<T>
    where T : unmanaged
{
    /// <summary>The parameters.</summary>
    public T* Parameters;

    /// <summary>The gradient of the running step; nothing sensible for a tensor that has none.</summary>
    public T* Gradient;

    /// <summary>The elements, by their index in the layout.</summary>
    public ElementRange Range;

    /// <summary>The elements of one of the caller's two vectors.</summary>
    public readonly Span<T> Of(Source source) => new(Origin(source) + Range.Start, Range.Length);

    /// <summary>Where element 0 of the layout would be in one of the caller's two vectors.</summary>
    public readonly T* Origin(Source source) => source == Source.Gradient ? Gradient : Parameters;

    /// <summary>
    /// Asks for the first cache lines of both vectors before they are needed: small tensors lie anywhere, so that the processor does not
    /// know what comes next. Behind them it does.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Prefetch()
    {
        const int Line = 64;
        const int Lines = 7;
        if (Sse.IsSupported)
        {
            var parameters = (byte*)(Parameters + Range.Start);
            var gradient = (byte*)(Gradient + Range.Start);
            for (var at = 0; at < Lines * Line; at += Line)
            {
                Sse.Prefetch0(parameters + at);
                Sse.Prefetch0(gradient + at);
            }
        }
    }

    /// <summary>The same tensor, a part of its elements.</summary>
    public readonly TensorPlace<T> Part(int start, int end) =>
        new() { Parameters = Parameters, Gradient = Gradient, Range = new ElementRange(start, end) };
}

/// <summary>Some of the caller's tensors in their order, without empty ones: which of them has an element of the layout.</summary>
internal sealed class TensorRow<T>
    where T : unmanaged
{
    private readonly int[] _ends;

    /// <param name="places">Where tensors are.</param>
    /// <param name="tensors">The indices of the tensors, ascending.</param>
    public TensorRow(TensorPlace<T>[] places, int[] tensors)
    {
        Places = places;
        Tensors = Array.FindAll(tensors, tensor => places[tensor].Range.Length > 0);
        _ends = Array.ConvertAll(Tensors, tensor => places[tensor].Range.End);
    }

    /// <summary>Where tensors are.</summary>
    public TensorPlace<T>[] Places { get; }

    /// <summary>The indices of the tensors.</summary>
    public int[] Tensors { get; }

    /// <summary>The indices of the tensor that has an element, and of those behind it.</summary>
    public ReadOnlySpan<int> From(int element)
    {
        var found = Array.BinarySearch(_ends, element);
        return Tensors.AsSpan(found < 0 ? ~found : found + 1);
    }
}

/// <summary>A whole register where parameters and gradient are the caller's, in place; slots as everywhere.</summary>
internal readonly unsafe struct BoundPlace<V, T>(nint index, T* parameters, T* gradient) : IPlace<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private readonly nint _index = index;
    private readonly T* _parameters = parameters;
    private readonly T* _gradient = gradient;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Load(Lane<T> lane) => V.Load(lane.Origin + _index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(Lane<T> lane, V value) => V.Store(lane.Origin + _index, value);

    public bool Moves
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Reload(Lane<T> lane) => V.Load(lane.Origin + _index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Load(GradientLane<T> gradient) => V.Load(_gradient + _index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Load(ParameterLane<T> parameters) => V.Load(_parameters + _index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ParameterLane<T> parameters, V value) => V.Store(_parameters + _index, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Reload(ParameterLane<T> parameters) => V.Load(_parameters + _index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreAside(Lane<T> lane, V value) => V.Store(lane.Origin + _index, value);
}

/// <summary>The first <paramref name="count"/> elements of a register, as <see cref="BoundPlace{V, T}"/>.</summary>
internal readonly unsafe struct MaskedBoundPlace<V, T>(nint index, T* parameters, T* gradient, int count) : IPlace<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private readonly nint _index = index;
    private readonly T* _parameters = parameters;
    private readonly T* _gradient = gradient;
    private readonly int _count = count;
    private readonly V _mask = V.First(count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Load(Lane<T> lane) => V.Load(lane.Origin + _index, _mask, _count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(Lane<T> lane, V value) => V.Store(lane.Origin + _index, value, _mask, _count);

    public bool Moves
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Reload(Lane<T> lane) => V.Load(lane.Origin + _index, _mask, _count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Load(GradientLane<T> gradient) => V.Load(_gradient + _index, _mask, _count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Load(ParameterLane<T> parameters) => V.Load(_parameters + _index, _mask, _count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ParameterLane<T> parameters, V value) => V.Store(_parameters + _index, value, _mask, _count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Reload(ParameterLane<T> parameters) => V.Load(_parameters + _index, _mask, _count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreAside(Lane<T> lane, V value) => V.Store(lane.Origin + _index, value, _mask, _count);
}

/// <summary>
/// A register on the seam of tensors: <paramref name="parameters"/> and <paramref name="gradient"/> were put together before, and whoever
/// opens the loop brings the parameters back. Slots as everywhere.
/// </summary>
/// <remarks>
/// No more than these fields: there is a copy of them for each kernel of a chain, and of a method with too many variables the just-in-time
/// compiler keeps none in registers (1.5 times as long with seven fields).
/// </remarks>
internal readonly unsafe struct SeamPlace<V, T>(nint index, V parameters, V gradient) : IPlace<V, T>
    where V : struct, IVector<V, T>
    where T : unmanaged
{
    private readonly nint _index = index;
    private readonly V _parameters = parameters;
    private readonly V _gradient = gradient;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Load(Lane<T> lane) => V.Load(lane.Origin + _index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(Lane<T> lane, V value) => V.Store(lane.Origin + _index, value);

    public bool Moves
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Reload(Lane<T> lane) => V.Load(lane.Origin + _index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Load(GradientLane<T> gradient) => _gradient;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Load(ParameterLane<T> parameters) => _parameters;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ParameterLane<T> parameters, V value)
    {
    }

    // Stored by an earlier loop: in place, so that it is what was loaded.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Reload(ParameterLane<T> parameters) => _parameters;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreAside(Lane<T> lane, V value) => V.Store(lane.Origin + _index, value);
}
