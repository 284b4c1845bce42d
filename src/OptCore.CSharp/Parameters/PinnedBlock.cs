using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OptCore;

/// <summary>A block of the caller's that stays where it is until another one is pinned in its place.</summary>
internal unsafe struct PinnedBlock<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private GCHandle _array;
    private MemoryHandle _memory;
    private bool _isHeld;

    // The owner of the block where it is one: asked in every step, so without looking each time what it is.
    private NativeBlock<T>? _native;

    /// <summary>The block.</summary>
    public TensorBlock<T> Block { get; private set; }

    /// <summary>Its first element.</summary>
    public T* Address { get; private set; }

    /// <summary>Whether it has to be asked where it is: not arrays, nor what is fixed.</summary>
    public bool MayMove { get; private set; }

    /// <summary>Where the block is now; null if it is freed.</summary>
    public readonly T* Now => _native is not null ? AddressOf(_native) : MayMove ? AddressOf(Block) : Address;

    /// <summary>Whether the block is where it was pinned, and not freed.</summary>
    /// <exception cref="ObjectDisposedException">A native block says so of itself: ask <see cref="Now"/>.</exception>
    /// <remarks>Asked for every block in every step, so without the call that a handler of exceptions would be.</remarks>
    public readonly bool IsThere
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => !MayMove || (Address != null && (_native is not null ? (T*)_native.Address : Now) == Address);
    }

    /// <summary>Pins a block; null if it is freed.</summary>
    public T* Pin(TensorBlock<T> block)
    {
        ReleaseMemory();
        Block = block;
        _native = block.Owner as NativeBlock<T>;
        MayMove = block.Owner is not (null or T[]) && _native?.IsFixed != true;
        Address = (T*)(block.Owner switch
        {
            T[] array => (nint)(PinArray(array) + block.Start),
            MemoryManager<T> => (nint)PinMemory(),
            _ => _native is null ? 0 : (nint)Hold(_native),
        });
        return Address;
    }

    /// <summary>Lets the block go.</summary>
    public void Unpin()
    {
        ReleaseMemory();
        if (_array.IsAllocated)
        {
            _array.Free();
        }

        (Block, _native) = (default, null);
        Address = null;
        MayMove = false;
    }

    /// <summary>Where the memory of a manager is; null if it is freed.</summary>
    public static T* AddressOf(TensorBlock<T> block)
    {
        try
        {
            var span = ((MemoryManager<T>)block.Owner!).GetSpan().Slice(block.Start, block.Length);
            return (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(span));
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
        catch (ArgumentOutOfRangeException)
        {
            // It has become shorter.
            return null;
        }
    }

    private static T* AddressOf(NativeBlock<T> native)
    {
        try
        {
            return (T*)native.Address;
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
    }

    private T* PinArray(T[] array)
    {
        // A handle is used again: gradients may be new arrays in every step.
        if (_array.IsAllocated)
        {
            _array.Target = array;
        }
        else
        {
            _array = GCHandle.Alloc(array, GCHandleType.Pinned);
        }

        return (T*)_array.AddrOfPinnedObject();
    }

    private T* PinMemory()
    {
        try
        {
            _memory = ((MemoryManager<T>)Block.Owner!).Pin(Block.Start);
            return (T*)_memory.Pointer;
        }
        catch (InvalidOperationException)
        {
            // Disposed of.
            return null;
        }
    }

    private T* Hold(NativeBlock<T> native)
    {
        var address = AddressOf(native);
        if (address == null)
        {
            return null;
        }

        try
        {
            native.Hold();
            _isHeld = true;
            return address;
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
    }

    private void ReleaseMemory()
    {
        _memory.Dispose();
        _memory = default;
        if (_isHeld)
        {
            _native!.Release();
            _isHeld = false;
        }
    }
}
