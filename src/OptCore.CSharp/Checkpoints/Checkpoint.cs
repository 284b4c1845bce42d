using System.Numerics;

namespace OptCore;

/// <summary>
/// States as files: safetensors with the parameters under the tensors' names, the slots as <c>adam.m/hidden.w</c>, counters and
/// generators as 64-bit integers, and in the metadata the optimizer's text, the layout, the step and a checksum. Every
/// safetensors reader opens them; loading gives the same bits.
/// </summary>
/// <remarks>
/// A file is written beside its target, flushed to the disk and renamed: at every moment the name stands for the whole old file
/// or the whole new one. Data goes straight between the file and the state's memory. The layout of the file is on the page
/// <c>docs/checkpoints.md</c>.
/// </remarks>
/// <example><code>
/// Checkpoint.Save(state, "run.safetensors");
/// var again = Checkpoint.Load(plan, "run.safetensors");   // again.Equals(state)
/// </code></example>
public static partial class Checkpoint
{
    private const int Buffer = 1 << 16;

    /// <summary>Stores a state in a file.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="state">The state.</param>
    /// <param name="path">The file; an existing one is replaced once the new one is complete.</param>
    /// <exception cref="IOException">The file cannot be written; an existing one is as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static void Save<T>(State<T> state, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        _ = Require.NotNull(state).Store;
        AtomicFile.Write(path, stream => Save(state, stream));
    }

    /// <summary>Writes a state to a stream, which need not be able to go back.</summary>
    /// <inheritdoc cref="Save{T}(State{T}, string)"/>
    /// <param name="stream">The stream.</param>
    public static void Save<T>(State<T> state, Stream stream)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Save(Require.NotNull(state).Plan, state.Store, state.Step, Require.NotNull(stream));

    /// <summary>Stores the state of a session, without a copy of it.</summary>
    /// <inheritdoc cref="Save{T}(State{T}, string)"/>
    /// <param name="session">The session; must not step meanwhile.</param>
    public static void Save<T>(Session<T> session, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.NotNull(session);
        AtomicFile.Write(path, stream => Save(session.Plan, session.Store, session.StepCount, stream));
    }

    /// <summary>Loads a state of a plan: the bits that were stored.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="plan">The plan: of the optimizer, the layout and the number type that the file is of.</param>
    /// <param name="path">The file.</param>
    /// <returns>The state.</returns>
    /// <exception cref="CheckpointException">The file is damaged, of another format or of another plan.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static State<T> Load<T>(Plan<T> plan, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.NotNull(plan);
        using var stream = Open(path);
        var header = SafeTensorsHeader.Read(stream, stream.Length, path);
        return header.Metadata.ContainsKey(ShardManifest.SharesKey)
            ? ShardedCheckpoint.Load(plan, path)
            : StateFile.Read(plan, stream, header, path);
    }

    /// <summary>Reads a state of a plan from a stream, to the end of the state.</summary>
    /// <inheritdoc cref="Load{T}(Plan{T}, string)"/>
    /// <param name="stream">The stream.</param>
    public static State<T> Load<T>(Plan<T> plan, Stream stream)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const string Source = "stream";
        Require.NotNull(plan);
        return StateFile.Read(plan, stream, SafeTensorsHeader.Read(Require.NotNull(stream), -1, Source), Source);
    }

    /// <summary>
    /// Loads a state and makes its plan from the file: the optimizer is parsed, so that stages of one's own must be registered.
    /// </summary>
    /// <inheritdoc cref="Load{T}(Plan{T}, string)"/>
    /// <param name="execution">How the plan runs; the fastest way if null.</param>
    public static State<T> Load<T>(string path, Execution? execution = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var stream = Open(path);
        return Load<T>(stream, path, execution);
    }

    /// <summary>What the header of any safetensors file says; the data is not read.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Optimizer, step, tensors, slots; prints on several lines.</returns>
    /// <exception cref="CheckpointException">The header is damaged, or the file has another length than it says.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static CheckpointInfo Inspect(string path)
    {
        using var stream = Open(path);
        var header = SafeTensorsHeader.Read(stream, stream.Length, path);
        StateMetadata.CheckVersion(header, path, required: false);
        return new CheckpointInfo(header, path);
    }

    /// <summary>Reads a whole file that this library has written and compares its checksum.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointException">The file is damaged, or has no checksum.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static void Verify(string path)
    {
        using var stream = Open(path);
        var header = SafeTensorsHeader.Read(stream, stream.Length, path);
        StateFile.RequireChecksum(header, path);
        CheckpointFile.ReadData(stream, header, new Dictionary<string, Entry>(), path);
    }

    /// <summary>Loads a state and makes its plan from a stream of known length.</summary>
    internal static State<T> Load<T>(Stream stream, string source, Execution? execution)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var header = SafeTensorsHeader.Read(stream, stream.Length, source);
        var metadata = StateMetadata.Of(header, source);

        // Before a plan of that size is made.
        StateFile.CheckParameters(metadata.Layout, header, source);
        return StateFile.Read(PlanOf<T>(metadata, execution, source), stream, header, source);
    }

    internal static FileStream Open(string path) =>
        new(Require.NotNull(path), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, Buffer, FileOptions.SequentialScan);

    private static void Save<T>(Plan<T> plan, StateStore<T> store, long step, Stream stream)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckpointFile.Write(stream, StateFile.Entries(plan.Resolved, store), StateFile.Metadata(plan, step).ToMetadata());

        // Spans of it are addresses, which a second thread may hash until the file is whole.
        GC.KeepAlive(store);
    }

    private static Plan<T> PlanOf<T>(StateMetadata metadata, Execution? execution, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        try
        {
            return Optimizer.Parse(metadata.Optimizer).Plan<T>(metadata.Layout, execution);
        }
        catch (Exception wrong) when (wrong is OptimizerParseException or ArgumentException)
        {
            throw new CheckpointException(
                path, CheckpointFault.Optimizer, $"the optimizer {metadata.Optimizer} cannot be planned: {wrong.Message}", wrong);
        }
    }
}
