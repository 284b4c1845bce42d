using System.Numerics;

namespace OptCore;

/// <summary>One carry: every part of the new state is taken from the part of the same name, or begun anew.</summary>
internal sealed class CarryRun<TFrom, T>
    where TFrom : unmanaged, IBinaryFloatingPointIeee754<TFrom>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Plan<T> _plan;
    private readonly CarryOptions _options;
    private readonly StateStore<TFrom> _from;
    private readonly StateStore<T> _to;

    // The old state's parts, by slot and old tensor; what is left at the end is dropped.
    private readonly Dictionary<(string Slot, string Tensor), SlotPlace> _left = [];
    private readonly List<StatePart> _kept = [];
    private readonly List<StatePart> _begun = [];

    public CarryRun(Plan<T> plan, State<TFrom> state, CarryOptions options)
    {
        _plan = plan;
        _options = options;
        _from = state.Store;
        _to = StateStore<T>.For(plan.Resolved);
        Collect(string.Empty, SlotPlaces.OfParameters(state.Plan.Layout));
        foreach (var slot in state.Plan.Resolved.Slots)
        {
            Collect(slot.Name, SlotPlaces.Of(state.Plan.Resolved, slot));
        }

        CheckNames(state.Plan.Layout);
    }

    public Carried<T> ToEnd(long step)
    {
        foreach (var place in SlotPlaces.OfParameters(_plan.Layout))
        {
            if (!Take(string.Empty, place))
            {
                Add(place);
            }
        }

        // From the parameters that the new state has.
        InitialState.Fill(_plan.Resolved, _to);
        foreach (var slot in _plan.Resolved.Slots)
        {
            foreach (var place in SlotPlaces.Of(_plan.Resolved, slot))
            {
                if (!Take(slot.Name, place))
                {
                    _begun.Add(Part(slot.Name, place));
                }
            }
        }

        var report =
            new CarryReport(_kept, _begun, [.. _left.Select(left => new StatePart(left.Key.Slot, left.Key.Tensor, left.Value.Length))]);
        if (report.Dropped.Count > 0 && !_options.AllowDropped)
        {
            throw new ArgumentException(
                $"The plan has no place for: {CarryReport.List(report.Dropped)}. Name it with Renamed, or allow it with "
                + "AllowDropped.", "state");
        }

        return _plan.CheckCounts(_to) is { } wrong
            ? throw new ArgumentException($"{wrong} Carry a state between two updates.", "state")
            : new Carried<T>(new State<T>(_plan, _to, _options.Restart ? 0 : step), report);
    }

    private static StatePart Part(string slot, SlotPlace place) => new(slot, place.Tensor?.Name ?? string.Empty, place.Length);

    private void Collect(string slot, IEnumerable<SlotPlace> places)
    {
        foreach (var place in places)
        {
            _left.Add((slot, place.Tensor?.Name ?? string.Empty), place);
        }
    }

    private void CheckNames(Layout old)
    {
        foreach (var (name, oldName) in _options.Renamed)
        {
            _ = _plan.Layout[name];
            _ = old[oldName];
        }

        if (_options.Renamed.Values.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"Two tensors are to come from \"{twice.Key}\".", nameof(CarryOptions.Renamed));
        }

        foreach (var name in _options.Added.Keys)
        {
            _ = _plan.Layout[name];
        }
    }

    private bool Take(string slot, SlotPlace to)
    {
        var tensor = to.Tensor?.Name ?? string.Empty;
        var key = (slot, _options.Renamed.GetValueOrDefault(tensor, tensor));
        if (!_left.TryGetValue(key, out var from) || from.Storage != to.Storage || !from.Shape.SequenceEqual(to.Shape))
        {
            return false;
        }

        if (slot.Length == 0 && _options.Added.ContainsKey(tensor))
        {
            throw new ArgumentException($"The tensor \"{tensor}\" is in the old state; Added is for new ones.", nameof(CarryOptions.Added));
        }

        _left.Remove(key);
        _kept.Add(Part(slot, to));
        switch (to.Storage)
        {
            case SlotStorage.Vector:
                Convert(_from.Vector(from), _to.Vector(to), Part(slot, to));
                break;
            case SlotStorage.Numbers:
                _from.Numbers(from).CopyTo(_to.Numbers(to));
                break;
            default:
                _from.Integers(from).CopyTo(_to.Integers(to));
                break;
        }

        return true;
    }

    private static void Convert(ReadOnlySpan<TFrom> from, Span<T> to, StatePart part)
    {
        if (typeof(TFrom) == typeof(T))
        {
            System.Runtime.InteropServices.MemoryMarshal.Cast<TFrom, T>(from).CopyTo(to);
            return;
        }

        for (var i = 0; i < to.Length; i++)
        {
            to[i] = T.CreateTruncating(from[i]);
            if (!T.IsFinite(to[i]) && TFrom.IsFinite(from[i]))
            {
                throw new ArgumentException($"{part}[{i}] = {from[i]} is too large for {typeof(T).Name}.", "state");
            }
        }
    }

    private void Add(SlotPlace place)
    {
        var tensor = place.Tensor!;
        if (!_options.Added.TryGetValue(tensor.Name, out var values))
        {
            throw new ArgumentException(
                $"The tensor {tensor} is new: the old state has none of its name and shape. Give its parameters with Added, or its old "
                + "name with Renamed.",
                "state");
        }

        if (values.Length != tensor.Length)
        {
            throw new ArgumentException(
                $"Added gives {values.Length} parameters for {tensor}; it has {tensor.Length}.", nameof(CarryOptions.Added));
        }

        Convert(values, _to.Vector(place), tensor.Name);
        _begun.Add(Part(string.Empty, place));
    }

    private static void Convert(double[] values, Span<T> to, string name)
    {
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = T.CreateTruncating(values[i]);
            if (!T.IsFinite(to[i]))
            {
                throw new ArgumentException(
                    $"Added gives {name}[{i}] = {values[i]}; expected finite numbers of {typeof(T).Name}.", nameof(CarryOptions.Added));
            }
        }
    }
}
