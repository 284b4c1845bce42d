using System.Numerics;
using System.Runtime.InteropServices;

namespace OptCore;

/// <content>Parameters alone, for other frameworks and from them.</content>
public static partial class Checkpoint
{
    /// <summary>
    /// Stores the parameters alone, under their plain names, as other frameworks store a model: nothing of the optimizer is in
    /// the file.
    /// </summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="layout">The tensors.</param>
    /// <param name="parameters">The flat vector, of the layout's length.</param>
    /// <param name="path">The file; an existing one is replaced once the new one is complete.</param>
    /// <exception cref="ArgumentException">The length is wrong.</exception>
    /// <exception cref="IOException">The file cannot be written; an existing one is as it was.</exception>
    public static void SaveParameters<T>(Layout layout, ReadOnlySpan<T> parameters, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (parameters.Length != Require.NotNull(layout).Length)
        {
            throw new ArgumentException(
                $"parameters has {parameters.Length} elements; the layout {layout} has {layout.Length}.", nameof(parameters));
        }

        // Copied: a span cannot wait for a file to be opened. A state is stored without a copy.
        SaveParameters(layout, parameters.ToArray(), path);
    }

    /// <inheritdoc cref="SaveParameters{T}(Layout, ReadOnlySpan{T}, string)"/>
    /// <param name="state">The state.</param>
    public static void SaveParameters<T>(State<T> state, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var store = Require.NotNull(state).Store;
        SaveParameters(state.Plan.Layout, place => Entry.Of(place.Tensor!.Name, store, place), path);

        // Spans of it are addresses, which a second thread may hash until the file is whole.
        GC.KeepAlive(store);
    }

    /// <summary>
    /// Loads parameters from any safetensors file: of this library or another, a checkpoint's too, of the types F16, BF16, F32
    /// and F64, each converted to <typeparamref name="T"/> (rounded to nearest where it is narrower).
    /// </summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="layout">The tensors that are wanted.</param>
    /// <param name="path">The file.</param>
    /// <param name="names">The name in the file of a tensor of the layout, where it is another one.</param>
    /// <param name="others">Whether the file may have further tensors. A checkpoint may always have its slots.</param>
    /// <returns>The flat vector, in the order of the layout.</returns>
    /// <exception cref="ArgumentException"><paramref name="names"/> names a tensor that the layout has not.</exception>
    /// <exception cref="CheckpointException">The file is damaged, or a tensor is missing, of another shape, of a type that is
    /// none of the four, too large for T, or not wanted.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static T[] LoadParameters<T>(Layout layout, string path, IReadOnlyDictionary<string, string>? names = null, bool others = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckNames(Require.NotNull(layout), names);
        using var stream = Open(path);
        var header = SafeTensorsHeader.Read(stream, stream.Length, path);
        StateMetadata.CheckVersion(header, path, required: false);
        return ParametersFile.Read<T>(
            layout, stream, header, names ?? new Dictionary<string, string>(), others || StateMetadata.Describes(header), path);
    }

    /// <summary>
    /// Loads all parameters of a file with their names and shapes: those of a checkpoint in the order of its layout, those of
    /// another file in the order of their bytes.
    /// </summary>
    /// <inheritdoc cref="LoadParameters{T}(Layout, string, IReadOnlyDictionary{string, string}, bool)"/>
    /// <returns>The layout and the flat vector.</returns>
    public static NamedParameters<T> LoadParameters<T>(string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Layout layout;
        using (var stream = Open(path))
        {
            var header = SafeTensorsHeader.Read(stream, stream.Length, path);
            StateMetadata.CheckVersion(header, path, required: false);
            layout = StateMetadata.Describes(header) ? StateMetadata.Of(header, path).Layout : ParametersFile.LayoutOf(header, path);
            StateFile.CheckParameters(layout, header, path);
        }

        return new NamedParameters<T>(layout, LoadParameters<T>(layout, path));
    }

    private static void SaveParameters<T>(Layout layout, T[] values, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        SaveParameters(
            layout,
            place => new Entry(
                place.Tensor!.Name, Entry.TypeOf<T>(), place.Shape, place.Length, (first, count) =>
                    MemoryMarshal.AsBytes(values.AsSpan(place.First + first, count))),
            path);

    private static void SaveParameters(Layout layout, Func<SlotPlace, Entry> entry, string path)
    {
        var names = new EntryNames();
        var metadata = new Dictionary<string, string>
        {
            // What readers of other frameworks look for.
            ["format"] = "pt",
            [StateMetadata.VersionKey] = FormattableString.Invariant($"{StateMetadata.Version}"),
            [StateMetadata.LibraryKey] = StateMetadata.ThisLibrary,
        };
        var entries = SlotPlaces.OfParameters(layout).Select(entry).Select(one => one with { Name = names.Claim(one.Name) });
        AtomicFile.Write(path, stream => CheckpointFile.Write(stream, entries, metadata));
    }

    private static void CheckNames(Layout layout, IReadOnlyDictionary<string, string>? names)
    {
        foreach (var name in names?.Keys ?? [])
        {
            _ = layout[name];
        }
    }
}
