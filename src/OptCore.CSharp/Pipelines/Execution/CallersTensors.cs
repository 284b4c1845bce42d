using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using OptCore.Kernels;

namespace OptCore;

/// <summary>
/// The caller's tensors that a session is bound to, and the gradients of the running step. Parameters stay pinned until this is
/// disposed; gradients until others come in their place, so that a caller who hands in the same arrays every step pays nothing.
/// </summary>
internal sealed unsafe class CallersTensors<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Layout _layout;
    private readonly PinnedBlock<T>[] _parameters;
    private readonly PinnedBlock<T>[] _gradients;
    private readonly bool[] _present;
    private readonly int[] _mayMove;

    // Of the parameters that may move, and of all gradients, what is looked at in every step, and nothing else: of a thousand small
    // tensors the rest would fill a part of the cache.
    private Watched[] _watched = [];
    private readonly Watched[] _known;

    // The gradients that are whole arrays, for which nothing has to be looked at but whether they are the same.
    private readonly T[]?[] _whole;
    private int _wholeCount;

    // By address, without empty ones: to find what a gradient overlaps.
    private readonly int[] _sorted;
    private int _missing;
    private bool _isDisposed;

    public CallersTensors(Layout layout, ReadOnlySpan<TensorBlock<T>> tensors)
    {
        _layout = layout;
        CheckCount(tensors.Length);
        var count = tensors.Length;
        (_parameters, _gradients, _present, _whole, _known) =
            (new PinnedBlock<T>[count], new PinnedBlock<T>[count], new bool[count], new T[count][], new Watched[count]);
        Places = new TensorPlace<T>[count];
        _missing = count;
        try
        {
            for (var i = 0; i < count; i++)
            {
                Bind(i, tensors[i]);
            }

            _mayMove = [.. Enumerable.Range(0, count).Where(i => _parameters[i].MayMove && Places[i].Range.Length > 0)];
            _watched = Array.ConvertAll(_mayMove, i => new Watched(_parameters[i]));
            _sorted = [.. Enumerable.Range(0, count).Where(i => Places[i].Range.Length > 0)];
            var starts = Array.ConvertAll(_sorted, i => (nuint)_parameters[i].Address);
            Array.Sort(starts, _sorted);
            CheckApart();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    ~CallersTensors() => Dispose();

    /// <summary>Where every tensor is.</summary>
    public TensorPlace<T>[] Places { get; }

    /// <summary>For every tensor whether it has a gradient; empty if all have.</summary>
    public ReadOnlySpan<bool> Present => _missing == 0 ? [] : _present;

    /// <summary>Takes the gradients of a step.</summary>
    public void Take(ReadOnlySpan<TensorBlock<T>> gradients)
    {
        CheckStep(gradients.Length);
        var known = _known;
        try
        {
            for (var i = 0; i < gradients.Length && i < known.Length; i++)
            {
                ref readonly var block = ref gradients[i];
                if (!known[i].IsStill(in block))
                {
                    Take(i, block);
                }
            }
        }
        catch (ObjectDisposedException)
        {
            // Whichever it is, it is refused by its name.
            for (var i = 0; i < gradients.Length; i++)
            {
                TakeAnew(i, gradients[i]);
            }
        }
    }

    /// <summary>Takes the gradients of a step.</summary>
    public void Take(T[]?[] gradients)
    {
        CheckStep(gradients.Length);
        var whole = _whole;
        if (_wholeCount == gradients.Length && AreSame(gradients, whole))
        {
            return;
        }

        for (var i = 0; i < gradients.Length; i++)
        {
            var array = gradients[i];
            if (array is null || array != whole[i])
            {
                Take(i, array);
            }
        }
    }

    /// <summary>Takes the gradients of a step, by name.</summary>
    public void Take(IReadOnlyDictionary<string, T[]> gradients)
    {
        CheckStep(_present.Length);
        var found = 0;
        for (var i = 0; i < _present.Length; i++)
        {
            var isThere = gradients.TryGetValue(_layout.Tensors[i].Name, out var gradient);
            found += isThere ? 1 : 0;
            Take(i, isThere ? gradient : null);
        }

        if (found < gradients.Count)
        {
            var unknown = gradients.Keys.First(name => _layout.IndexOf(name) < 0);
            throw new ArgumentException($"There is a gradient for \"{unknown}\"; the layout has: {_layout.Names}.", nameof(gradients));
        }
    }

    /// <summary>Copies the parameters into a vector.</summary>
    public void ReadParameters(Span<T> vector)
    {
        CheckParameters();
        foreach (ref readonly var place in Places.AsSpan())
        {
            place.Of(Source.NewParameters).CopyTo(place.Range.Of(vector));
        }

        GC.KeepAlive(this);
    }

    /// <summary>Copies a vector into the parameters.</summary>
    public void WriteParameters(ReadOnlySpan<T> vector)
    {
        CheckParameters();
        foreach (ref readonly var place in Places.AsSpan())
        {
            place.Range.Of(vector).CopyTo(place.Of(Source.NewParameters));
        }

        GC.KeepAlive(this);
    }

    /// <summary>Copies the gradients taken into a vector; what a tensor without one has there stays.</summary>
    public void GatherGradients(Span<T> vector)
    {
        for (var i = 0; i < Places.Length; i++)
        {
            if (_present[i])
            {
                Places[i].Of(Source.Gradient).CopyTo(Places[i].Range.Of(vector));
            }
        }

        GC.KeepAlive(this);
    }

    /// <summary>Refuses once this is disposed, or where parameters were freed or moved.</summary>
    /// <exception cref="InvalidOperationException">They were.</exception>
    public void CheckParameters()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, typeof(BoundSession<T>));
        try
        {
            foreach (ref readonly var watched in _watched.AsSpan())
            {
                if (!watched.IsThere)
                {
                    Array.ForEach(_mayMove, CheckParameters);
                    return;
                }
            }
        }
        catch (ObjectDisposedException)
        {
            Array.ForEach(_mayMove, CheckParameters);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        for (var i = 0; i < _parameters?.Length; i++)
        {
            _parameters[i].Unpin();
            Forget(i);
        }

        _watched = [];
        GC.SuppressFinalize(this);
    }

    // What is pinned stays where it is, and nothing else is there: the same address is the same array.
    private static bool AreSame(T[]?[] arrays, T[]?[] pinned) => AddressesOf(arrays).SequenceEqual(AddressesOf(pinned));

    private static ReadOnlySpan<nint> AddressesOf(T[]?[] arrays) =>
        MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<T[]?, nint>(ref MemoryMarshal.GetArrayDataReference(arrays)), arrays.Length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CheckStep(int count)
    {
        if (_isDisposed || _mayMove.Length > 0)
        {
            CheckParameters();
        }

        if (count != _present.Length)
        {
            CheckCount(count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Take(int tensor, TensorBlock<T> block)
    {
        ref readonly var known = ref _gradients[tensor];
        if (known.Block != block || !known.IsThere)
        {
            TakeAnew(tensor, block);
        }
    }

    private void CheckParameters(int tensor)
    {
        if (_parameters[tensor].Now is var now && now != _parameters[tensor].Address)
        {
            throw new InvalidOperationException(
                $"The memory of the tensor \"{_layout.Tensors[tensor].Name}\" was {(now == null ? "freed" : "moved")} since the session "
                + "was bound to it; bind again from a snapshot.");
        }
    }

    private void TakeAnew(int tensor, TensorBlock<T> block)
    {
        ref var known = ref _gradients[tensor];
        // None, until all is well.
        Forget(tensor);
        if (block.IsNone)
        {
            return;
        }

        CheckLength(tensor, block, "gradient");
        var address = known.Pin(block);
        if (block.Length > 0)
        {
            try
            {
                CheckGradient(tensor, address);
            }
            catch
            {
                known.Unpin();
                throw;
            }
        }

        Places[tensor].Gradient = address - Places[tensor].Range.Start;
        _present[tensor] = true;
        _known[tensor] = new Watched(known);
        if (block.Owner is T[] array && array.Length == block.Length)
        {
            _whole[tensor] = array;
            _wholeCount++;
        }

        _missing--;
    }

    private void Forget(int tensor)
    {
        _known[tensor] = default;
        if (_whole[tensor] is not null)
        {
            _whole[tensor] = null;
            _wholeCount--;
        }

        if (_present[tensor])
        {
            _present[tensor] = false;
            _missing++;
        }

        if (!_gradients[tensor].Block.IsNone)
        {
            _gradients[tensor].Unpin();
        }
    }

    private void CheckGradient(int tensor, T* address)
    {
        if (address == null)
        {
            throw new ArgumentException($"The memory of the gradient of \"{_layout.Tensors[tensor].Name}\" was freed.", "gradients");
        }

        if (Overlapped(address, Places[tensor].Range.Length) is var other and >= 0)
        {
            throw new ArgumentException(
                $"The gradient of \"{_layout.Tensors[tensor].Name}\" overlaps the parameters of \"{_layout.Tensors[other].Name}\"; hand "
                + "in a copy.", "gradients");
        }
    }

    // The tensor whose parameters lie in [address, address + length), or −1: the last one that begins before the end.
    private int Overlapped(T* address, int length)
    {
        var (low, high) = (0, _sorted.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _parameters[_sorted[middle]].Address < address + length ? (middle + 1, high) : (low, middle);
        }

        return low > 0 && EndOf(_sorted[low - 1]) > address ? _sorted[low - 1] : -1;
    }

    private void Bind(int tensor, TensorBlock<T> block)
    {
        if (block.IsNone)
        {
            throw new ArgumentException($"There is no block for the tensor \"{_layout.Tensors[tensor].Name}\".", "tensors");
        }

        CheckLength(tensor, block, "block");
        var address = _parameters[tensor].Pin(block);
        if (address == null && block.Length > 0)
        {
            throw new ArgumentException($"The memory of the tensor \"{_layout.Tensors[tensor].Name}\" was freed.", "tensors");
        }

        var info = _layout.Tensors[tensor];
        Places[tensor] = new TensorPlace<T> { Parameters = address - info.Offset, Range = new ElementRange(info.Offset, info.End) };
    }

    private void CheckApart()
    {
        for (var i = 1; i < _sorted.Length; i++)
        {
            var (one, next) = (_sorted[i - 1], _sorted[i]);
            if (EndOf(one) > _parameters[next].Address)
            {
                var (first, second) = (_layout.Tensors[Math.Min(one, next)], _layout.Tensors[Math.Max(one, next)]);
                throw new ArgumentException(
                    _parameters[one].Address == _parameters[next].Address && first.Length == second.Length
                        ? $"The tensors \"{first.Name}\" and \"{second.Name}\" are bound to the same block; each needs one of its own."
                        : $"The blocks of the tensors \"{first.Name}\" and \"{second.Name}\" overlap.", "tensors");
            }
        }
    }

    private T* EndOf(int tensor) => _parameters[tensor].Address + Places[tensor].Range.Length;

    private void CheckCount(int count)
    {
        if (count != _layout.Tensors.Count)
        {
            throw new ArgumentException(
                $"There are {count} blocks; the layout has {_layout.Tensors.Count} tensors: {_layout}.", "tensors");
        }
    }

    private void CheckLength(int tensor, TensorBlock<T> block, string what)
    {
        if (block.Length != _layout.Tensors[tensor].Length)
        {
            throw new ArgumentException(
                $"The {what} of \"{_layout.Tensors[tensor].Name}\" has {block.Length} elements; the tensor "
                + $"{_layout.Tensors[tensor]} has {_layout.Tensors[tensor].Length}.", what == "block" ? "tensors" : "gradients");
        }
    }

    /// <summary>A block, and where it was last seen.</summary>
    private readonly struct Watched(in PinnedBlock<T> pinned)
    {
        private readonly TensorBlock<T> _block = pinned.Block;

        // So that nobody looks each time what the owner is.
        private readonly NativeBlock<T>? _native = pinned.Block.Owner as NativeBlock<T>;

        // Null where nobody has to be asked.
        private readonly T* _address = pinned.MayMove ? pinned.Address : null;

        /// <summary>Whether the block, which may move, is where it was seen.</summary>
        /// <exception cref="ObjectDisposedException">A native block says so of itself.</exception>
        public bool IsThere
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => (_native is not null ? (T*)_native.Address : PinnedBlock<T>.AddressOf(_block)) == _address;
        }

        /// <summary>Whether it is this one, and where it was seen.</summary>
        /// <exception cref="ObjectDisposedException">A native block says so of itself.</exception>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool IsStill(in TensorBlock<T> block) => _block == block && (_address == null || IsThere);
    }
}
