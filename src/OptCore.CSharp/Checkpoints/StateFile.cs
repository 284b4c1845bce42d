using System.Numerics;

namespace OptCore;

/// <summary>A state as the entries of a file.</summary>
internal static class StateFile
{
    /// <summary>The first part of the names of entries that belong to a run, not to its state.</summary>
    public const string RunPrefix = "run/";

    /// <summary>The mark of a file that has such entries.</summary>
    public const string RunKey = "optdsl.run";

    /// <summary>The parameters under the tensors' names, then every slot: <c>adam.m/hidden.w</c>, <c>adam.beta1Power</c>.</summary>
    public static List<Entry> Entries<T>(ResolvedOptimizer model, StateStore<T> store)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var names = new EntryNames();
        var entries =
            SlotPlaces.OfParameters(model.Layout).Select(place => Entry.Of(names.Claim(place.Tensor!.Name), store, place)).ToList();
        foreach (var slot in model.Slots)
        {
            foreach (var place in SlotPlaces.Of(model, slot))
            {
                entries.Add(Entry.Of(names.Claim(place.Tensor is null ? slot.Name : $"{slot.Name}/{place.Tensor.Name}"), store, place));
            }
        }

        return entries;
    }

    public static StateMetadata Metadata<T>(Plan<T> plan, long step)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(plan.Optimizer.ToString(), plan.Layout, Entry.TypeOf<T>(), step, StateMetadata.ThisLibrary);

    /// <summary>Reads a state of a plan; entries of a run are handed to <paramref name="more"/>, or read over.</summary>
    public static State<T> Read<T>(
        Plan<T> plan, Stream stream, SafeTensorsHeader header, string source, Func<StoredTensor, Entry?>? more = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var metadata = CheckMetadata(plan, header, source);
        var store = StateStore<T>.ToBeRead(plan.Resolved);
        var targets = Match(Entries(plan.Resolved, store), header, source);
        foreach (var tensor in header.Tensors)
        {
            if (!targets.ContainsKey(tensor.Name) && more?.Invoke(tensor) is { } target)
            {
                targets.Add(tensor.Name, target);
            }
        }

        CheckpointFile.ReadData(stream, header, targets, source);
        return plan.CheckCounts(store) is { } wrong
            ? throw new CheckpointException(source, CheckpointFault.Value, wrong)
            : new State<T>(plan, store, metadata.Step);
    }

    /// <summary>The metadata of a file that is of the plan's optimizer, number type and layout, and has a checksum.</summary>
    public static StateMetadata CheckMetadata<T>(Plan<T> plan, SafeTensorsHeader header, string source)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var metadata = StateMetadata.Of(header, source);
        CheckOptimizer(plan, metadata, source);
        CheckType<T>(metadata, source);
        CheckLayout(plan.Layout, metadata.Layout, source);
        RequireChecksum(header, source);
        return metadata;
    }

    public static void RequireChecksum(SafeTensorsHeader header, string source)
    {
        if (!header.Metadata.ContainsKey(CheckpointFile.ChecksumKey))
        {
            throw new CheckpointException(source, CheckpointFault.Checksum, $"the metadata has no \"{CheckpointFile.ChecksumKey}\".");
        }
    }

    /// <summary>Whether every tensor of a layout is in the file with its shape, and with a size that the file has.</summary>
    public static void CheckParameters(Layout layout, SafeTensorsHeader header, string source)
    {
        var names = new EntryNames();
        var stored = header.Tensors.ToDictionary(tensor => tensor.Name);
        foreach (var tensor in layout.Tensors)
        {
            Check(names.Claim(tensor.Name), null, tensor.Shape, stored, source);
        }
    }

    private static void CheckOptimizer<T>(Plan<T> plan, StateMetadata metadata, string source)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Text first: a stage made of a function has no text that reads back.
        if (metadata.Optimizer == plan.Optimizer.ToString()
            || (Optimizer.TryParse(metadata.Optimizer, out var stored) && stored.Equals(plan.Optimizer)))
        {
            return;
        }

        throw new CheckpointException(
            source,
            CheckpointFault.Optimizer,
            $"the file is of the optimizer {metadata.Optimizer}; the plan is of {plan.Optimizer}. Load it with its own optimizer and "
            + "carry the state to this one.");
    }

    private static void CheckType<T>(StateMetadata metadata, string source)
    {
        if (metadata.Type != Entry.TypeOf<T>())
        {
            throw new CheckpointException(
                source, CheckpointFault.Type, $"the file is of {metadata.Type}; the plan is of {Entry.TypeOf<T>()}. Load it with a plan "
                    + "of its own type and carry the state to this one.");
        }
    }

    private static void CheckLayout(Layout layout, Layout stored, string source)
    {
        if (layout.Equals(stored))
        {
            return;
        }

        var i = 0;
        while (i < layout.Tensors.Count && i < stored.Tensors.Count && layout.Tensors[i].Equals(stored.Tensors[i]))
        {
            i++;
        }

        var (here, there) = (At(layout, i), At(stored, i));
        var fault = here?.Name == there?.Name ? CheckpointFault.Shape : CheckpointFault.Layout;
        throw new CheckpointException(
            source, fault, $"tensor {i} of the file is {there?.ToString() ?? "missing"}; the layout has {here?.ToString() ?? "none"} "
                + "there. A state moves to another layout by carry.");
    }

    private static TensorInfo? At(Layout layout, int i) => i < layout.Tensors.Count ? layout.Tensors[i] : null;

    private static Dictionary<string, Entry> Match(List<Entry> entries, SafeTensorsHeader header, string source)
    {
        var stored = header.Tensors.ToDictionary(tensor => tensor.Name);
        foreach (var entry in entries)
        {
            Check(entry.Name, entry.Type, entry.Shape, stored, source);
        }

        var targets = entries.ToDictionary(entry => entry.Name);
        var ofRun = header.Metadata.ContainsKey(RunKey);
        var unknown = header.Tensors.FirstOrDefault(
            tensor => !targets.ContainsKey(tensor.Name) && !(ofRun && tensor.Name.StartsWith(RunPrefix, StringComparison.Ordinal)));
        return unknown is null
            ? targets
            : throw new CheckpointException(
                source, CheckpointFault.Unknown, $"the file has {unknown}, which is no tensor and no slot of the plan.");
    }

    private static void Check(string name, string? type, IReadOnlyList<int> shape, Dictionary<string, StoredTensor> stored, string source)
    {
        if (!stored.TryGetValue(name, out var tensor))
        {
            throw new CheckpointException(source, CheckpointFault.Missing, $"\"{name}\" is not in the file.");
        }

        if (type is not null && tensor.Type != type)
        {
            throw new CheckpointException(source, CheckpointFault.Type, $"the file has {tensor}; expected the type {type}.");
        }

        if (!tensor.Shape.SequenceEqual(shape.Select(axis => (long)axis)))
        {
            throw new CheckpointException(
                source, CheckpointFault.Shape, $"the file has {tensor}; expected the shape [{string.Join(", ", shape)}].");
        }
    }
}
