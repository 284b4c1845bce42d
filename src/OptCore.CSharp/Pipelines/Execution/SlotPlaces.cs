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
    public static IEnumerable<SlotPlace> Of(ResolvedOptimizer model, ResolvedSlot slot) => slot.Spec.Kind switch
    {
        SlotKind.Element => slot.Owner.Tensors.Indices.Select(index => Elements(model.Layout.Tensors[index], slot.Index)),
        SlotKind.Shaped => slot.Owner.Tensors.Indices.Select(index => Shaped(model.Layout.Tensors[index], slot.Pieces[index])),
        SlotKind.PerTensor =>
            model.Layout.Tensors.Select((tensor, i) => new SlotPlace(tensor, SlotStorage.Numbers, 0, slot.Index + i, 1, [])),
        SlotKind.Scalar => [new SlotPlace(null, SlotStorage.Numbers, 0, slot.Index, 1, [])],
        _ => [new SlotPlace(null, SlotStorage.Counts, 0, slot.Index, 1, [])],
    };

    private static SlotPlace Shaped(TensorInfo tensor, SlotPiece piece) =>
        new(tensor, SlotStorage.Vector, SlotPlace.NoLane, piece.Start, piece.Length, piece.Shape);

    private static SlotPlace Elements(TensorInfo tensor, int lane) =>
        new(tensor, SlotStorage.Vector, lane, tensor.Offset, tensor.Length, tensor.Shape);
}
