using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace OptCore;

/// <summary>
/// Where the caller has the elements of one tensor: an array, a <see cref="Memory{T}"/>, or memory outside the collector's
/// (<see cref="NativeBlock{T}"/>). Row-major, without gaps. Made by assigning one of these; <see cref="None"/> is a tensor that
/// has no gradient in a step.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <example><code>session.Step([weights.Gradient, bias.Gradient, TensorBlock&lt;double>.None]);</code></example>
public readonly struct TensorBlock<T> : IEquatable<TensorBlock<T>>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // An array, a manager of memory or a native block.
    internal readonly object? Owner;
    internal readonly int Start;

    private TensorBlock(object owner, int start, int length) => (Owner, Start, Length) = (owner, start, length);

    /// <summary>No block: the tensor has no gradient in this step.</summary>
    public static TensorBlock<T> None => default;

    /// <summary>Whether there is no block.</summary>
    public bool IsNone => Owner is null;

    /// <summary>The number of elements.</summary>
    public int Length { get; }

    /// <summary>A whole array; null is <see cref="None"/>.</summary>
    /// <param name="array">The array.</param>
    public static implicit operator TensorBlock<T>(T[]? array) => array is null ? None : new(array, 0, array.Length);

    /// <summary>A part of an array, or memory that a <see cref="MemoryManager{T}"/> gives.</summary>
    /// <param name="memory">The memory.</param>
    public static implicit operator TensorBlock<T>(Memory<T> memory) =>
        MemoryMarshal.TryGetMemoryManager<T, MemoryManager<T>>(memory, out var manager, out var start, out var length)
            ? new(manager, start, length)
            : MemoryMarshal.TryGetArray((ReadOnlyMemory<T>)memory, out var segment)
                ? new(segment.Array ?? [], segment.Offset, segment.Count)
                : throw new ArgumentException("The memory is neither an array's nor a manager's.", nameof(memory));

    /// <summary>Memory outside the collector's; null is <see cref="None"/>.</summary>
    /// <param name="native">The memory.</param>
    public static implicit operator TensorBlock<T>(NativeBlock<T>? native) => native is null ? None : new(native, 0, native.Length);

    /// <summary>Whether two blocks are the same.</summary>
    /// <param name="left">One block.</param>
    /// <param name="right">The other.</param>
    public static bool operator ==(TensorBlock<T> left, TensorBlock<T> right) => left.Equals(right);

    /// <summary>Whether two blocks differ.</summary>
    /// <param name="left">One block.</param>
    /// <param name="right">The other.</param>
    public static bool operator !=(TensorBlock<T> left, TensorBlock<T> right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(TensorBlock<T> other) => ReferenceEquals(Owner, other.Owner) && Start == other.Start && Length == other.Length;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is TensorBlock<T> other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Owner, Start, Length);

    /// <summary>The kind of memory and the number of elements.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Owner switch
    {
        null => "none",
        T[] => $"{Length} elements of an array",
        _ => $"{Length} elements of {Owner.GetType().Name}",
    };
}
