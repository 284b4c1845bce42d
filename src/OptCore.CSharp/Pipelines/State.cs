using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;

namespace OptCore;

/// <summary>
/// Everything an optimizer remembers after t updates: the parameters, named slots, counters. Immutable; compared by
/// content, bit for bit. Made by a <see cref="Plan{T}"/> or by <see cref="Session{T}.Snapshot"/>.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class State<T> : IEquatable<State<T>>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private StateStore<T>? _store;

    internal State(Plan<T> plan, StateStore<T> store, long step)
    {
        Plan = plan;
        _store = store;
        Step = step;
    }

    /// <summary>t, the number of updates applied.</summary>
    public long Step { get; }

    /// <summary>What the loss is to be multiplied with before the next gradient is computed (<c>lossScale</c>); 1 without.</summary>
    public double LossScale => Plan.Resolved.LossScale(Store.Scalars);

    /// <summary>The plan the state belongs to.</summary>
    [System.Diagnostics.DebuggerBrowsable(System.Diagnostics.DebuggerBrowsableState.Never)]
    public Plan<T> Plan { get; }

    /// <summary>The full names of the slots, in the order of the stages: <c>adam.m</c>, <c>momentum.v</c>.</summary>
    [System.Diagnostics.DebuggerBrowsable(System.Diagnostics.DebuggerBrowsableState.Never)]
    public IReadOnlyList<string> SlotNames => [.. Plan.Resolved.Slots.Select(slot => slot.Name)];

    /// <summary>What the state holds besides the parameters: name, kind, tensors and start of every slot, in the order
    /// of the stages.</summary>
    [System.Diagnostics.DebuggerBrowsable(System.Diagnostics.DebuggerBrowsableState.Never)]
    public IReadOnlyList<StateSlot> Slots => Plan.Slots;

    internal StateStore<T> Store =>
        _store ?? throw new ObjectDisposedException(
            nameof(State<T>),
            $"This state of step {Step} was given up to a step with reuse; keep the state that the step returned.");

    /// <summary>The parameters, without a copy. Valid while the state is not given up.</summary>
    /// <returns>The flat vector.</returns>
    /// <exception cref="ObjectDisposedException">The state was given up.</exception>
    public ReadOnlySpan<T> AsSpan() => Store.Buffer[0];

    /// <summary>A copy of the parameters.</summary>
    /// <returns>The flat vector.</returns>
    /// <exception cref="ObjectDisposedException">The state was given up.</exception>
    public T[] ToArray() => AsSpan().ToArray();

    /// <summary>A copy of one tensor of the parameters.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <returns>The tensor's elements, row-major.</returns>
    /// <exception cref="ArgumentException">There is no such tensor.</exception>
    /// <exception cref="ObjectDisposedException">The state was given up.</exception>
    public T[] Tensor(string name)
    {
        var tensor = Plan.Layout[name];
        return AsSpan().Slice(tensor.Offset, tensor.Length).ToArray();
    }

    /// <summary>The state with other parameters of one tensor; everything else is as in this one, which stays as it is.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="values">The parameters, of the tensor's length, finite. Copied.</param>
    /// <returns>A new state.</returns>
    /// <exception cref="ArgumentException">There is no such tensor, the length is wrong, or a number is not finite.</exception>
    /// <exception cref="ObjectDisposedException">The state was given up.</exception>
    public State<T> WithTensor(string name, ReadOnlySpan<T> values)
    {
        var tensor = Plan.CheckTensor(name, values);
        var store = Store.Copy();
        values.CopyTo(store.Buffer[0].Slice(tensor.Offset, tensor.Length));
        return new State<T>(Plan, store, Step);
    }

    /// <summary>
    /// A copy of a slot with one number per parameter, or with shapes of its own: the elements of the tensors that its stage acts
    /// on, in their order, row-major.
    /// </summary>
    /// <param name="name">The slot's full name: <c>adam.m</c>.</param>
    /// <returns>The elements.</returns>
    /// <exception cref="ArgumentException">There is no such slot, or it is of another kind.</exception>
    /// <exception cref="ObjectDisposedException">The state was given up.</exception>
    public T[] Slot(string name)
    {
        Find(name, SlotKind.Element, SlotKind.Shaped);
        return Read(name).Elements;
    }

    /// <summary>A copy of a slot of any kind, by name: what <see cref="Plan{T}.Restore"/> takes.</summary>
    /// <param name="name">The slot's full name: <c>adam.m</c>.</param>
    /// <returns>The named values.</returns>
    /// <exception cref="ArgumentException">There is no such slot.</exception>
    /// <exception cref="ObjectDisposedException">The state was given up.</exception>
    public SlotValues<T> Read(string name)
    {
        var slot = Find(name);
        return SlotValues<T>.Read(Store, name, SlotPlaces.StorageOf(slot.Spec.Kind), [.. SlotPlaces.Of(Plan.Resolved, slot)]);
    }

    /// <summary>A copy of a slot with one double, or one per tensor.</summary>
    /// <param name="name">The slot's full name: <c>adam.beta1Power</c>.</param>
    /// <returns>The numbers.</returns>
    /// <exception cref="ArgumentException">There is no such slot, or it is of another kind.</exception>
    /// <exception cref="ObjectDisposedException">The state was given up.</exception>
    public double[] Numbers(string name)
    {
        Find(name, SlotKind.Scalar, SlotKind.PerTensor);
        return Read(name).Numbers;
    }

    /// <summary>The value of a counter, or the state of a random generator.</summary>
    /// <param name="name">The slot's full name: <c>accumulate.count</c>.</param>
    /// <returns>The integer.</returns>
    /// <exception cref="ArgumentException">There is no such slot, or it is of another kind.</exception>
    /// <exception cref="ObjectDisposedException">The state was given up.</exception>
    public long Count(string name) => Store.Counts[Find(name, SlotKind.Count, SlotKind.Random).Index];

    /// <summary>Whether step, plan, parameters and slots are the same, bit for bit; all NaNs are alike.</summary>
    /// <param name="other">The other state.</param>
    /// <returns>True for the same content.</returns>
    public bool Equals(State<T>? other)
    {
        if (ReferenceEquals(this, other))
        {
            return true;
        }

        if (other is null || Step != other.Step || !Plan.Optimizer.Equals(other.Plan.Optimizer) || !Plan.Layout.Equals(other.Plan.Layout))
        {
            return false;
        }

        return SameBits(AsSpan(), other.AsSpan())
            && Plan.Resolved.Slots.All(slot => SlotPlaces.Of(Plan.Resolved, slot).All(place => Same(place, other.Store)));
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as State<T>);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Step);
        foreach (var value in AsSpan())
        {
            // The same for every NaN.
            hash.Add(value);
        }

        return hash.ToHashCode();
    }

    /// <summary>One line: the step, the first parameters, the names of the slots.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        if (_store is null)
        {
            return $"state of step {Step}, given up";
        }

        var parameters = AsSpan();
        var shown = new List<string>();
        foreach (var value in parameters[..Math.Min(4, parameters.Length)])
        {
            shown.Add(value.ToString("G6", CultureInfo.InvariantCulture));
        }

        var slots = SlotNames.Count == 0 ? string.Empty : $", slots {string.Join(", ", SlotNames)}";
        return $"step {Step}, {parameters.Length} parameters "
            + $"[{string.Join("; ", shown)}{(parameters.Length > 4 ? "; …" : string.Empty)}]{slots}";
    }

    /// <summary>Takes the memory for another state.</summary>
    internal StateStore<T> GiveUp()
    {
        var store = Store;
        _store = null;
        return store;
    }

    private bool Same(SlotPlace place, StateStore<T> other) => place.Storage switch
    {
        SlotStorage.Vector => SameBits<T>(Store.Vector(place), other.Vector(place)),
        SlotStorage.Numbers => SameBits<double>(Store.Numbers(place), other.Numbers(place)),
        _ => Store.Integers(place).SequenceEqual(other.Integers(place)),
    };

    // Where two NaNs meet, sign and payload of the result depend on the order of the operands, which the compiler of the
    // loop chooses: all NaNs are alike.
    private static bool SameBits<TValue>(ReadOnlySpan<TValue> a, ReadOnlySpan<TValue> b)
        where TValue : unmanaged, INumberBase<TValue>
    {
        if (MemoryMarshal.AsBytes(a).SequenceEqual(MemoryMarshal.AsBytes(b)))
        {
            return true;
        }

        for (var i = 0; i < a.Length && i < b.Length; i++)
        {
            var same = MemoryMarshal.AsBytes(a.Slice(i, 1)).SequenceEqual(MemoryMarshal.AsBytes(b.Slice(i, 1)));
            if (!same && !(TValue.IsNaN(a[i]) && TValue.IsNaN(b[i])))
            {
                return false;
            }
        }

        return a.Length == b.Length;
    }

    private ResolvedSlot Find(string name, params SlotKind[] kinds)
    {
        var slot = Plan.Resolved.Slots.FirstOrDefault(slot => slot.Name == name)
            ?? throw new ArgumentException(
                $"The state has no slot \"{name}\"; it has: {(SlotNames.Count == 0 ? "none" : string.Join(", ", SlotNames))}.",
                nameof(name));
        return kinds.Length == 0 || kinds.Contains(slot.Spec.Kind)
            ? slot
            : throw new ArgumentException(
                $"The slot \"{name}\" is of kind {slot.Spec.Kind}; expected {string.Join(" or ", kinds)}.", nameof(name));
    }
}
