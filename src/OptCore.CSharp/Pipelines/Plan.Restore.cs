using System.Globalization;

namespace OptCore;

/// <content>States out of named slots.</content>
public sealed partial class Plan<T>
{
    private const int FewNumbers = 1 << 14;

    /// <summary>What every state of the plan holds besides the parameters, in the order of the stages.</summary>
    [System.Diagnostics.DebuggerBrowsable(System.Diagnostics.DebuggerBrowsableState.Never)]
    public IReadOnlyList<StateSlot> Slots => _slots ??= [.. Resolved.Slots.Select(slot => StateSlot.Of(Resolved, slot))];

    /// <summary>
    /// Builds a state from what it holds: the inverse of <see cref="State{T}.Step"/>, <see cref="State{T}.AsSpan"/> and
    /// <see cref="State{T}.Read"/> of every slot in <see cref="State{T}.Slots"/>, bit for bit.
    /// </summary>
    /// <remarks>
    /// Values are taken as they are, also those that are not finite: so is the state of a run that has diverged. Only what no
    /// step could have left is refused: <c>accumulate.count</c> outside 0 … n − 1, a negative count of refused gradients or of updates in
    /// which a conditional stage has acted, a loss scale that is not positive.
    /// </remarks>
    /// <param name="step">t, the number of updates applied, ≥ 0.</param>
    /// <param name="parameters">p_t, of the layout's length. Copied.</param>
    /// <param name="slots">Every slot of <see cref="Slots"/> once, in any order.</param>
    /// <returns>The state.</returns>
    /// <exception cref="ArgumentException">The step is negative; a length is wrong; a slot is missing, stands twice, is none of
    /// the plan's or is of another kind; a counter is out of its range.</exception>
    /// <example><code>plan.Restore(state.Step, state.AsSpan(), state.Slots.Select(slot => state.Read(slot.Name)))</code></example>
    public State<T> Restore(long step, ReadOnlySpan<T> parameters, IEnumerable<SlotValues<T>> slots)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        CheckLength(parameters.Length, nameof(parameters));
        var given = ByName(slots);
        foreach (var slot in Slots)
        {
            CheckValues(slot, given);
        }

        var store = StateStore<T>.For(Resolved);
        parameters.CopyTo(store.Buffer[0]);
        foreach (var slot in Resolved.Slots)
        {
            given[slot.Name].Write(store, SlotPlaces.Of(Resolved, slot));
        }

        return CheckCounts(store) is { } wrong ? throw new ArgumentException(wrong, nameof(slots)) : new State<T>(this, store, step);
    }

    /// <summary>What no step could have left in the counters, in words; null if there is nothing.</summary>
    internal string? CheckCounts(StateStore<T> store)
    {
        if (Resolved.Gate is { } gate && store.Counts[Resolved.HeldIndex] is var held && (held < 0 || held >= GradientsPerUpdate))
        {
            var name = gate.Slots[((IGate)gate.Stage).Counter].Name;
            return Invariant($"The slot \"{name}\" is {held}; expected 0 ≤ value < {GradientsPerUpdate}, the gradients of one update.");
        }

        foreach (var guard in new[] { Resolved.Guard, Resolved.SizeGuard })
        {
            if (guard?.Slots.Values.Single() is { } refused && store.Counts[refused.Index] < 0)
            {
                return Invariant($"The slot \"{refused.Name}\" is {store.Counts[refused.Index]}; expected 0 ≤ value.");
            }
        }

        if (Resolved.Scaler is { } scaler)
        {
            var scale = Resolved.LossScale(store.Scalars);
            if (!(scale > 0 && double.IsFinite(scale)))
            {
                return Invariant($"The slot \"{scaler.Slots["scale"].Name}\" is {scale}; expected 0 < value, finite.");
            }

            foreach (var count in new[] { scaler.Slots["good"], scaler.Slots["skipped"] })
            {
                if (store.Counts[count.Index] < 0)
                {
                    return Invariant($"The slot \"{count.Name}\" is {store.Counts[count.Index]}; expected 0 ≤ value.");
                }
            }
        }

        foreach (var site in Resolved.Stages.Where(site => site.Conditions.Count > 0))
        {
            if (store.Counts[site.ActiveIndex] is var active and < 0)
            {
                return Invariant($"The slot \"{site.Slots[ResolvedStage.Active].Name}\" is {active}; expected 0 ≤ value.");
            }
        }

        return null;
    }

    /// <summary>The tensor of a name, for values that are as long as it is and finite.</summary>
    internal TensorInfo CheckTensor(string name, ReadOnlySpan<T> values)
    {
        var tensor = Layout[name];
        if (values.Length != tensor.Length)
        {
            throw new ArgumentException(
                Invariant($"values has {values.Length} elements; the tensor {tensor} has {tensor.Length}."), nameof(values));
        }

        CheckFinite(values, nameof(values));
        return tensor;
    }

    private static void CheckFinite(ReadOnlySpan<T> values, string name)
    {
        // Few numbers one by one: the loop over registers takes 5 ms to compile on the way to a first step.
        var wrong = values.Length <= FewNumbers
            ? Kernels.Reduction.FirstNonFiniteOfFew(values)
            : Kernels.Reduction.FirstNonFinite(values);
        if (wrong >= 0)
        {
            throw new ArgumentException(Invariant($"{name}[{wrong}] = {values[wrong]}; expected finite numbers."), name);
        }
    }

    private Dictionary<string, SlotValues<T>> ByName(IEnumerable<SlotValues<T>> slots)
    {
        var given = new Dictionary<string, SlotValues<T>>();
        foreach (var values in Require.NotNull(slots))
        {
            if (!given.TryAdd(Require.NotNull(values).Name, values))
            {
                throw new ArgumentException($"The slot \"{values.Name}\" is given twice.", nameof(slots));
            }

            if (Resolved.Slots.All(slot => slot.Name != values.Name))
            {
                throw new ArgumentException($"The plan has no slot \"{values.Name}\"; it has: {SlotList}.", nameof(slots));
            }
        }

        return given;
    }

    private string SlotList => Resolved.Slots.Count == 0 ? "none" : string.Join(", ", Resolved.Slots.Select(slot => slot.Name));

    private void CheckValues(StateSlot slot, Dictionary<string, SlotValues<T>> given)
    {
        if (!given.TryGetValue(slot.Name, out var values))
        {
            throw new ArgumentException($"The slot \"{slot.Name}\" is missing; the plan has: {SlotList}.", "slots");
        }

        var storage = SlotPlaces.StorageOf(slot.Kind);
        if (values.Storage != storage)
        {
            throw new ArgumentException(
                $"The slot \"{slot.Name}\" is given as {Words(values.Storage)}; it is of kind {slot.Kind}, {Words(storage)}.", "slots");
        }

        if (values.Length != slot.Length)
        {
            throw new ArgumentException(
                Invariant($"The slot \"{slot.Name}\" is given {values.Length} values; it has {slot.Length}."), "slots");
        }
    }

    private static string Words(SlotStorage storage) => storage switch
    {
        SlotStorage.Vector => "elements",
        SlotStorage.Numbers => "doubles",
        _ => "an integer",
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
