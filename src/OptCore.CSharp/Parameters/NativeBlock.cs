using System.Numerics;
using System.Runtime.InteropServices;

namespace OptCore;

/// <summary>
/// The elements of one tensor in memory outside the collector's, and who keeps it alive. Asked where it is before every step, so
/// that a step on memory that was freed or moved is refused.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public abstract class NativeBlock<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The address of the first element; 0 once the memory is freed.</summary>
    public abstract nint Address { get; }

    /// <summary>The number of elements.</summary>
    public abstract int Length { get; }

    /// <summary>Whether the address stays what it is for as long as the block lives: then nobody asks for it again.</summary>
    internal virtual bool IsFixed => false;

    /// <summary>A block at a fixed address.</summary>
    /// <param name="address">The address of the first element.</param>
    /// <param name="length">The number of elements, ≥ 0.</param>
    /// <param name="owner">What keeps the memory alive; held as long as the block is. A <see cref="SafeHandle"/> is kept from being
    /// released while a session is bound to the block; once it is released, the block is refused. What any other owner does to its memory
    /// nobody sees.</param>
    /// <returns>The block.</returns>
    /// <exception cref="ArgumentException">The address is 0, or the length negative.</exception>
    public static NativeBlock<T> Of(nint address, int length, object owner) => new At(address, length, Require.NotNull(owner));

    /// <summary>Called when a session is bound to the block: keeps the memory from being freed, where that can be done.</summary>
    protected internal virtual void Hold()
    {
    }

    /// <summary>Ends what <see cref="Hold"/> began.</summary>
    protected internal virtual void Release()
    {
    }

    private sealed class At : NativeBlock<T>
    {
        private readonly nint _address;
        private readonly object _owner;
        private readonly SafeHandle? _handle;

        public At(nint address, int length, object owner)
        {
            Length = Require.Count(length, nameof(length), 0);
            _address = address != 0 || length == 0
                ? address
                : throw new ArgumentException("The address of the block is 0; expected that of its first element.", nameof(address));
            (_owner, _handle) = (owner, owner as SafeHandle);
        }

        public override nint Address => _handle is { IsClosed: true } or { IsInvalid: true } ? 0 : _address;

        public override int Length { get; }

        // Nothing but a handle can say that the memory was freed.
        internal override bool IsFixed => _handle is null;

        protected internal override void Hold()
        {
            var taken = false;
            (_owner as SafeHandle)?.DangerousAddRef(ref taken);
        }

        protected internal override void Release() => (_owner as SafeHandle)?.DangerousRelease();
    }
}
