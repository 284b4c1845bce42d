using System.Globalization;
using System.Numerics;

namespace OptCore;

/// <summary>What a checkpoint of many ranks is made of: a safetensors file without tensors, whose metadata lists the shares.</summary>
/// <param name="Step">t.</param>
/// <param name="Parts">The number of parts of the session that wrote it; 0 where it was one for each rank.</param>
/// <param name="Files">The files of the shares.</param>
/// <param name="Checksums">The checksums that they have.</param>
/// <param name="Cut">Which share has what.</param>
internal sealed record ShardManifest(long Step, int Parts, string[] Files, string[] Checksums, ShardCut Cut)
{
    public const string SharesKey = "optdsl.shares";
    private const string OwnersKey = "optdsl.owners";
    private const string PartsKey = "optdsl.parts";
    private const char Tab = '\t';

    /// <summary>Writes the manifest of a session whose shares are written.</summary>
    public static string Write<T>(DistributedSession<T> session, string path, string[] files, string[] checksums)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var cut = session.Cut;
        var metadata = StateFile.Metadata(session.Plan, session.StepCount).ToMetadata();
        var lines = files.Select((file, shard) => string.Create(
            CultureInfo.InvariantCulture,
            $"{Path.GetFileName(file)}{Tab}{cut.Pieces[shard].Start}{Tab}{cut.Pieces[shard].Length}{Tab}{checksums[shard]}"));
        metadata[SharesKey] = string.Join('\n', lines);
        metadata[PartsKey] = (session.HasOwnParts ? session.Parts : 0).ToString(CultureInfo.InvariantCulture);
        if (cut.Owners is { } owners)
        {
            metadata[OwnersKey] = string.Join(' ', owners);
        }

        AtomicFile.Write(path, stream => CheckpointFile.Write(stream, [], metadata));
        return string.Empty;
    }

    /// <summary>Reads the manifest of a checkpoint of a plan.</summary>
    /// <exception cref="CheckpointException">The file is damaged, no manifest, or of another plan.</exception>
    public static ShardManifest Read<T>(Plan<T> plan, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var source = Path.GetFullPath(Require.NotNull(path));
        using var stream = Checkpoint.Open(source);
        var header = SafeTensorsHeader.Read(stream, stream.Length, source);
        var step = StateFile.CheckMetadata(plan, header, source).Step;
        CheckpointFile.ReadData(stream, header, new Dictionary<string, Entry>(), source);
        var files = FilesIn(header, source);
        var rows = header.Metadata[SharesKey].Split('\n').Select(line => line.Split(Tab)).ToArray();
        var pieces = Array.ConvertAll(rows, row => new Piece(Number(row, 1, source), Number(row, 2, source)));
        var owners = header.Metadata.TryGetValue(OwnersKey, out var text)
            ? text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(owner => Number([owner], 0, source)).ToArray()
            : null;
        var cut = new ShardCut(pieces, owners);
        if (!cut.Covers(plan.Layout))
        {
            throw Malformed(source, "the shares do not cover the layout");
        }

        return new ShardManifest(
            step, Number([header.Metadata.GetValueOrDefault(PartsKey, "0")], 0, source), files, [.. rows.Select(row => row[3])], cut);
    }

    /// <summary>The files that a manifest lists.</summary>
    /// <exception cref="CheckpointException">The file is no manifest.</exception>
    public static string[] FilesIn(SafeTensorsHeader header, string path)
    {
        if (!header.Metadata.TryGetValue(SharesKey, out var shares))
        {
            throw new CheckpointException(
                path, CheckpointFault.Metadata, $"the metadata has no \"{SharesKey}\": it is no manifest of shares.");
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return [.. shares.Split('\n').Select(line => line.Split(Tab) is { Length: 4 } row && row[0] == Path.GetFileName(row[0])
            ? Path.Combine(folder, row[0])
            : throw Malformed(path, line))];
    }

    private static int Number(string[] row, int place, string source) =>
        int.TryParse(row[place], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Malformed(source, $"\"{row[place]}\" is no number");

    private static CheckpointException Malformed(string source, string what) =>
        new(source, CheckpointFault.Metadata, $"the list of shares is malformed: {what}.");
}
