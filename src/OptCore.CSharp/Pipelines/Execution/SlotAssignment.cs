namespace OptCore;

/// <summary>
/// Gives every slot its place in a state. Element slots of stages that never act on the same tensor share one lane, so a
/// partition costs as much memory as its hungriest part.
/// </summary>
internal sealed class SlotAssignment(IReadOnlyList<TensorInfo> tensors)
{
    private readonly List<ResolvedSlot> _slots = [];
    private readonly List<TensorSet> _taken = [];

    public IReadOnlyList<ResolvedSlot> All => _slots;

    // Lane 0 holds the parameters.
    public int Lanes => 1 + _taken.Count;

    public int Scalars { get; private set; }

    public int Counts { get; private set; }

    /// <summary>The number of elements of slots with shapes of their own.</summary>
    public int Shaped { get; private set; }

    public void Add(ResolvedStage site)
    {
        var specs = site.Specs;
        for (var i = 0; i < specs.Count; i++)
        {
            var spec = specs[i];
            var pieces = spec.Kind == SlotKind.Shaped ? Pieces(spec, site) : [];
            var slot = new ResolvedSlot(spec, pieces.Length > 0 ? pieces[0].Start : Place(spec.Kind, site.Tensors), site, pieces);
            if (!site.Slots.TryAdd(spec.Name, slot))
            {
                throw Twice(site, spec);
            }

            _slots.Add(slot);
        }
    }

    private static ArgumentException Twice(ResolvedStage site, SlotSpec spec) =>
        new($"The stage {site.Prefix} lists the slot \"{spec.Name}\" twice.");

    private int Place(SlotKind kind, TensorSet used)
    {
        switch (kind)
        {
            case SlotKind.Element:
                return 1 + Lane(used);
            case SlotKind.PerTensor:
                Scalars += tensors.Count;
                return Scalars - tensors.Count;
            case SlotKind.Shaped:
                return Shaped;
            case SlotKind.Scalar:
                return Scalars++;
            default:
                return Counts++;
        }
    }

    private SlotPiece[] Pieces(SlotSpec spec, ResolvedStage site)
    {
        var pieces = new SlotPiece[tensors.Count];
        for (var i = 0; i < pieces.Length; i++)
        {
            int[] shape = site.Tensors.Contains(i) ? [.. spec.ShapeOf(tensors[i].Shape)] : [0];
            if (shape.Any(axis => axis < 0))
            {
                throw new ArgumentException(
                    $"The slot {site.Prefix}.{spec.Name} has the shape [{string.Join(", ", shape)}] for {tensors[i]}; expected axes ≥ 0.");
            }

            var length = checked((int)shape.Aggregate(1L, (product, axis) => checked(product * axis)));
            pieces[i] = new SlotPiece(Shaped, length, shape);
            Shaped = checked(Shaped + length);
        }

        return pieces;
    }

    private int Lane(TensorSet used)
    {
        for (var lane = 0; lane < _taken.Count; lane++)
        {
            if (!_taken[lane].Overlaps(used))
            {
                _taken[lane] = _taken[lane].And(used);
                return lane;
            }
        }

        _taken.Add(used);
        return _taken.Count - 1;
    }
}
