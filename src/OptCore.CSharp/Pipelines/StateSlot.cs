namespace OptCore;

/// <summary>What a slot of a state is: one row of <see cref="State{T}.Slots"/> and <see cref="Plan{T}.Slots"/>.</summary>
/// <param name="Name">The full name: <c>adam.m</c>, <c>momentum#2.v</c>, <c>partition[w*].adam.m</c>.</param>
/// <param name="Kind">The layout of the slot, which decides the reader: <see cref="State{T}.Slot"/> for
/// <see cref="SlotKind.Element"/>, <see cref="State{T}.Numbers"/>, <see cref="State{T}.Count"/>; <see cref="State{T}.Read"/>
/// reads all kinds.</param>
/// <param name="Tensors">The tensors that have values in the slot, in the order of the values; empty for a slot of the whole
/// optimizer (a scalar, a counter, a generator).</param>
/// <param name="Length">The number of values.</param>
/// <param name="Start">What the slot holds before the first step.</param>
/// <param name="Initial">The value before the first step where <paramref name="Start"/> is <see cref="SlotStart.Constant"/>.</param>
public sealed record StateSlot(string Name, SlotKind Kind, IReadOnlyList<TensorInfo> Tensors, int Length, SlotStart Start, double Initial)
{
    /// <summary>The shape of what each of the <see cref="Tensors"/> has in the slot: its own for <see cref="SlotKind.Element"/>, empty for
    /// one number, with an axis of 0 for nothing.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Shapes { get; private init; } = [];

    internal static StateSlot Of(ResolvedOptimizer model, ResolvedSlot slot)
    {
        var places = SlotPlaces.Of(model, slot);
        var ofTensors = places.Where(place => place.Tensor is not null).ToArray();
        var tensors = ofTensors.Select(place => place.Tensor!).ToArray();
        return new(slot.Name, slot.Spec.Kind, tensors, places.Sum(place => place.Length), slot.Spec.Start, slot.Spec.Initial)
        {
            Shapes = [.. ofTensors.Select(place => place.Shape)],
        };
    }

    /// <inheritdoc/>
    public bool Equals(StateSlot? other) =>
        other is not null && (Name, Kind, Length, Start) == (other.Name, other.Kind, other.Length, other.Start)
        && Initial.Equals(other.Initial) && Tensors.SequenceEqual(other.Tensors)
        && Shapes.Zip(other.Shapes).All(pair => pair.First.SequenceEqual(pair.Second));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Kind, Length, Start);

    /// <summary>One line: <c>adam.m: Element of w[3, 4], b[4]</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Name}: {Kind}{(Tensors.Count == 0 ? string.Empty : $" of {string.Join(", ", Tensors)}")}";
}
