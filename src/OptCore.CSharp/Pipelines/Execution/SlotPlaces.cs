namespace OptCore;

/// <summary>The three kinds of memory of a state.</summary>
internal enum SlotStorage
{
    /// <summary>Numbers of the parameters' type.</summary>
    Vector,

    /// <summary>Doubles.</summary>
    Numbers,

    /// <summary>64-bit integers.</summary>
    Counts,
}

/// <summary>One piece of a slot that lies together in a state's memory: all of it, or what belongs to one tensor.</summary>
/// <param name="Tensor">The tensor it belongs to; null for a piece of the whole optimizer.</param>
/// <param name="Storage">The kind of memory.</param>
/// <param name="Lane">The vector of the state's buffer, for <see cref="SlotStorage.Vector"/>; <see cref="NoLane"/> for a slot with
/// shapes of its own.</param>
/// <param name="First">The index of its first number.</param>
/// <param name="Length">How many numbers it has.</param>
/// <param name="Shape">Its shape; empty for one number.</param>
internal readonly record struct SlotPlace(
    TensorInfo? Tensor, SlotStorage Storage, int Lane, int First, int Length, IReadOnlyList<int> Shape)
{
    public const int NoLane = -1;
}

/// <summary>
/// Where the numbers of a slot are. The one place that knows what the kinds of slots look like in memory: filling, comparing,
/// reading, storing and carrying work from these pieces.
/// </summary>
internal static class SlotPlaces
{
    /// <summary>The parameters, tensor by tensor.</summary>
    public static IEnumerable<SlotPlace> OfParameters(Layout layout) => layout.Tensors.Select(tensor => Elements(tensor, 0));

    /// <summary>The kind of memory that a kind of slot lies in.</summary>
    public static SlotStorage StorageOf(SlotKind kind) => kind switch
    {
        SlotKind.Element or SlotKind.Shaped => SlotStorage.Vector,
        SlotKind.PerTensor or SlotKind.Scalar => SlotStorage.Numbers,
        _ => SlotStorage.Counts,
    };

    /// <summary>The pieces of a slot, in the order of its values.</summary>
    public static SlotPlace[] Of(ResolvedOptimizer model, ResolvedSlot slot)
    {
        if (slot.Spec.Kind is SlotKind.Scalar or SlotKind.Count or SlotKind.Random)
        {
            return [new SlotPlace(null, StorageOf(slot.Spec.Kind), 0, slot.Index, 1, [])];
        }

        // No queries: each would be compiled anew for this struct, on the way to a first step.
        var tensors = slot.Spec.Kind == SlotKind.PerTensor ? null : slot.Owner.Tensors.Indices;
        var places = new SlotPlace[tensors?.Length ?? model.Layout.Tensors.Count];
        for (var i = 0; i < places.Length; i++)
        {
            var index = tensors is null ? i : tensors[i];
            var tensor = model.Layout.Tensors[index];
            places[i] = slot.Spec.Kind switch
            {
                SlotKind.Element => Elements(tensor, slot.Index),
                SlotKind.Shaped => Shaped(tensor, slot.Pieces[index]),
                _ => new SlotPlace(tensor, SlotStorage.Numbers, 0, slot.Index + i, 1, []),
            };
        }

        return places;
    }

    private static SlotPlace Shaped(TensorInfo tensor, SlotPiece piece) =>
        new(tensor, SlotStorage.Vector, SlotPlace.NoLane, piece.Start, piece.Length, piece.Shape);

    private static SlotPlace Elements(TensorInfo tensor, int lane) =>
        new(tensor, SlotStorage.Vector, lane, tensor.Offset, tensor.Length, tensor.Shape);
}
