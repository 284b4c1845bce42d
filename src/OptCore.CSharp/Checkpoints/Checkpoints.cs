namespace OptCore;

/// <summary>
/// A folder in which a run keeps its state, so that it survives the end of its process: the same call with the same folder goes
/// on where the newest complete file stands, and ends with the bits of a run that nothing has interrupted.
/// </summary>
/// <remarks>
/// The first file is written before the first update: a folder that cannot be written is found at once. A later write that
/// fails (a full disk) does not end the run; it is tried again when the next is due and told in
/// <see cref="Result{T}.Checkpoints"/>. Files are called <c>step-000000001200.safetensors</c> and hold, besides the state, what
/// the run knows: history, best point, stop rules, counts, the time it took. A damaged file is passed over for the one before.
/// A folder belongs to one run: other starts, objectives and optimizers are refused.
/// </remarks>
/// <param name="Folder">The folder; made if it is not there.</param>
/// <example><code>new MinimizeOptions { Steps = 100_000, Checkpoints = new("runs/a") { EverySteps = 1000, Keep = 2 } }</code></example>
public sealed record Checkpoints(string Folder)
{
    /// <summary>The folder.</summary>
    public string Folder { get; init; } = string.IsNullOrEmpty(Folder)
        ? throw new ArgumentException("Folder is empty.", nameof(Folder))
        : Folder;

    /// <summary>A file every so many updates, ≥ 1; null for none. Default null.</summary>
    public long? EverySteps
    {
        get;
        init => field = value is null or >= 1 ? value : throw Require.Outside(nameof(EverySteps), value, "1 ≤ value");
    }

    /// <summary>A file every such span of time, > 0; null for none. Default null. Without either, files are written at the start,
    /// at the end and when the run is interrupted.</summary>
    public TimeSpan? Every
    {
        get;
        init => field = value is null || value > TimeSpan.Zero ? value : throw Require.Outside(nameof(Every), value, "0 < value");
    }

    /// <summary>How many files are kept, ≥ 1: the newest ones. Default 2, so that one is left should the newest be damaged.</summary>
    public int Keep { get; init => field = Require.Count(value, nameof(Keep)); } = 2;

    /// <summary>
    /// Whether Ctrl-C and the signal that asks a process to end (SIGTERM) end the run as a cancellation does, behind a last file;
    /// a second Ctrl-C ends the process. Default true.
    /// </summary>
    public bool HandleSignals { get; init; } = true;
}
