using System.Globalization;
using System.Numerics;

namespace OptCore;

/// <summary>
/// States that many ranks write: a file for each rank's share, and a manifest under the checkpoint's own name that lists them. Any number
/// of ranks goes on from it, or a session of one: the same bits.
/// </summary>
/// <remarks>
/// The manifest is written last, when every share is on the disk: at every moment its name stands for the whole old checkpoint or the
/// whole new one. The files must lie where all ranks find them, on one machine or a shared file system. Each is a
/// safetensors file with a checksum of its own, which the manifest repeats, so that shares of two checkpoints never mix.
/// </remarks>
/// <example><code>
/// ShardedCheckpoint.Save(session, "run.safetensors");
/// using var again = ShardedCheckpoint.Resume(plan, ranks, "run.safetensors");   // on any number of ranks
/// </code></example>
public static class ShardedCheckpoint
{
    /// <summary>Stores the state of a session, each rank its share. Talks to the other ranks.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="session">The session.</param>
    /// <param name="path">The manifest; the shares are written beside it, and those of the checkpoint before are deleted.</param>
    /// <exception cref="IOException">A rank cannot write; on all ranks, and the checkpoint before is as it was.</exception>
    public static void Save<T>(DistributedSession<T> session, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var ranks = Require.NotNull(session).Ranks;
        var target = Path.GetFullPath(Require.NotNull(path));
        var cut = session.Cut;

        // Of their own name: what is there now stays whole until the manifest is replaced.
        var key = new[] { Random.Shared.NextInt64() };
        ranks.Broadcast<long>(key, 0);
        var files = new string[cut.Pieces.Length];
        for (var shard = 0; shard < files.Length; shard++)
        {
            files[shard] = NameOf(target, session.StepCount, key[0], shard, files.Length);
        }

        var (checksum, failure) = ranks.Rank < files.Length
            ? Attempt(() => WriteShare(session, files[ranks.Rank]))
            : (string.Empty, string.Empty);
        var checksums = ranks.Gather(checksum);
        Agree(ranks, failure, files);

        var old = ranks.Rank == 0 ? FilesOf(target) : [];
        var error = ranks.Rank == 0 ? Attempt(() => ShardManifest.Write(session, target, files, checksums)).Error : string.Empty;
        Agree(ranks, error, files);
        foreach (var file in old.Except(files))
        {
            AtomicFile.Discard(file);
        }
    }

    /// <summary>Loads the state of all parameters, for a session of one.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="plan">The plan: of the optimizer, the layout and the number type that the checkpoint is of.</param>
    /// <param name="path">The manifest.</param>
    /// <returns>The state.</returns>
    /// <exception cref="CheckpointException">A file is damaged, of another plan or of another checkpoint.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static State<T> Load<T>(Plan<T> plan, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Read(Require.NotNull(plan), plan, ShardCut.None(plan.Layout), 0, ShardManifest.Read(plan, path));

    /// <summary>Goes on from a checkpoint on any number of ranks, each of which reads the shares that it has a part of, or from one that a
    /// session of one has written (<see cref="Checkpoint"/>), which each of them reads. Talks to the other ranks.</summary>
    /// <inheritdoc cref="Load{T}(Plan{T}, string)"/>
    /// <param name="ranks">The ranks.</param>
    /// <param name="path">The manifest, or the file.</param>
    /// <param name="parts">k, as in <see cref="Plan{T}.Start(ICollectives, ReadOnlySpan{T}, int)"/>; 0 for that of the session that wrote
    /// the checkpoint, if it was told one, else one part for each rank.</param>
    /// <returns>A session at the step of the checkpoint.</returns>
    public static DistributedSession<T> Resume<T>(Plan<T> plan, ICollectives ranks, string path, int parts = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.NotNull(ranks);
        var (start, written) = StartOf(Require.NotNull(plan), path);
        return new DistributedSession<T>(plan, ranks, parts == 0 ? written : parts, start);
    }

    /// <summary>Goes on from a checkpoint in the caller's memory, which receives its parameters, on any number of ranks. Talks to the other
    /// ranks.</summary>
    /// <inheritdoc cref="Resume{T}(Plan{T}, ICollectives, string, int)"/>
    /// <param name="tensors">This rank's tensors, as in <see cref="Plan{T}.Bind(ICollectives, ReadOnlySpan{TensorBlock{T}})"/>.</param>
    /// <returns>A session at the step of the checkpoint, with one part for each rank. Dispose of it before native memory is
    /// freed.</returns>
    /// <exception cref="ArgumentException">As for <see cref="Plan{T}.Bind(ICollectives, ReadOnlySpan{TensorBlock{T}})"/>.</exception>
    public static DistributedBoundSession<T> Resume<T>(
        Plan<T> plan, ICollectives ranks, ReadOnlySpan<TensorBlock<T>> tensors, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.NotNull(ranks);
        var (start, _) = StartOf(Require.NotNull(plan), path);
        return new DistributedBoundSession<T>(plan, tensors, bound => new DistributedSession<T>(plan, ranks, 0, start, bound));
    }

    /// <summary>The files that a manifest lists; none where there is no manifest.</summary>
    internal static string[] FilesOf(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        try
        {
            using var stream = Checkpoint.Open(path);
            return ShardManifest.FilesIn(SafeTensorsHeader.Read(stream, stream.Length, path), path);
        }
        catch (CheckpointException)
        {
            // Something else of that name, which is about to be replaced.
            return [];
        }
    }

    // How a share of a checkpoint is read, and the number of parts that the session which wrote it was told.
    private static (Func<Plan<T>, ShardCut, int, State<T>> Start, int Parts) StartOf<T>(Plan<T> plan, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!IsManifest(path))
        {
            var state = Checkpoint.Load(plan, path);
            return ((own, cut, rank) => Sharding.PartOf(state, own, cut, rank), 0);
        }

        var manifest = ShardManifest.Read(plan, path);
        return ((own, cut, rank) => Read(plan, own, cut, rank, manifest), manifest.Parts);
    }

    private static bool IsManifest(string path)
    {
        using var stream = Checkpoint.Open(path);
        return SafeTensorsHeader.Read(stream, stream.Length, path).Metadata.ContainsKey(ShardManifest.SharesKey);
    }

    // One part of a state, from those that it has elements or tensors of.
    private static State<T> Read<T>(Plan<T> plan, Plan<T> own, ShardCut cut, int rank, ShardManifest manifest)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var store = StateStore<T>.For(own.Resolved);
        for (var shard = 0; shard < manifest.Files.Length; shard++)
        {
            // The first one has what belongs to no element.
            if (shard > 0 && !manifest.Cut.Shares(shard, cut, rank))
            {
                continue;
            }

            var from = ReadShare(plan, manifest, shard);
            manifest.Cut.Copy(from.Store, from.Plan.Resolved, shard, store, own.Resolved, cut, rank);
        }

        return new State<T>(own, store, manifest.Step);
    }

    private static State<T> ReadShare<T>(Plan<T> plan, ShardManifest manifest, int shard)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var file = manifest.Files[shard];
        using var stream = Checkpoint.Open(file);
        var header = SafeTensorsHeader.Read(stream, stream.Length, file);
        if (header.Metadata.GetValueOrDefault(CheckpointFile.ChecksumKey) != manifest.Checksums[shard])
        {
            throw new CheckpointException(
                file, CheckpointFault.Checksum, "the file is not the one that the manifest lists under this name.");
        }

        return StateFile.Read(Sharding.PlanOf(plan, manifest.Cut, shard), stream, header, file);
    }

    private static string WriteShare<T>(DistributedSession<T> session, string file)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Checkpoint.Save(session.OwnSession, file);
        using var stream = Checkpoint.Open(file);
        return SafeTensorsHeader.Read(stream, stream.Length, file).Metadata[CheckpointFile.ChecksumKey];
    }

    private static string NameOf(string target, long step, long key, int shard, int shards) => string.Create(
        CultureInfo.InvariantCulture,
        $"{target}.{step:D12}-{(ulong)key:x16}.{shard}of{shards}.safetensors");

    private static (string Checksum, string Error) Attempt(Func<string> write)
    {
        try
        {
            return (write(), string.Empty);
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            return (string.Empty, wrong.Message);
        }
    }

    // A failure of one is a failure of all.
    private static void Agree(ICollectives ranks, string error, string[] files)
    {
        var errors = ranks.Gather(error);
        var failed = Array.FindIndex(errors, text => text.Length > 0);
        if (failed >= 0)
        {
            if (ranks.Rank < files.Length)
            {
                AtomicFile.Discard(files[ranks.Rank]);
            }

            throw new IOException(FormattableString.Invariant($"Rank {failed} cannot write its share of a checkpoint: {errors[failed]}"));
        }
    }
}
