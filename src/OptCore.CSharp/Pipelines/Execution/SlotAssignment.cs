namespace OptCore;

/// <summary>
/// Gives every slot its place in a state. Element slots of stages that never act on the same tensor share one lane, so a
/// partition costs as much memory as its hungriest part.
/// </summary>
internal sealed class SlotAssignment(int tensors)
{
    private readonly List<SitedSlot> _slots = [];
    private readonly List<TensorSet> _taken = [];

    public IReadOnlyList<SitedSlot> All => _slots;

    // Lane 0 holds the parameters.
    public int Lanes => 1 + _taken.Count;

    public int Scalars { get; private set; }

    public int Counts { get; private set; }

    public void Add(SitedStage site)
    {
        foreach (var spec in site.Stage.Slots)
        {
            var name = spec.Name.Length == 0 ? site.Prefix : $"{site.Prefix}.{spec.Name}";
            var slot = new SitedSlot(name, spec, Place(spec.Kind, site.Tensors), site);
            if (!site.Slots.TryAdd(spec.Name, slot))
            {
                throw new ArgumentException($"The stage {site.Prefix} lists the slot \"{spec.Name}\" twice.");
            }

            _slots.Add(slot);
        }
    }

    private int Place(SlotKind kind, TensorSet used)
    {
        switch (kind)
        {
            case SlotKind.Element:
                return 1 + Lane(used);
            case SlotKind.PerTensor:
                Scalars += tensors;
                return Scalars - tensors;
            case SlotKind.Scalar:
                return Scalars++;
            default:
                return Counts++;
        }
    }

    private int Lane(TensorSet used)
    {
        var lane = _taken.FindIndex(taken => !taken.Overlaps(used));
        if (lane < 0)
        {
            _taken.Add(used);
            return _taken.Count - 1;
        }

        _taken[lane] = _taken[lane].And(used);
        return lane;
    }
}
