using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace OptCore;

/// <summary>Writes and reads entries with a checksum, straight between the stream and the memory of the entries.</summary>
/// <remarks>
/// The checksum is the XXH64 of the header (its JSON and padding, with the sixteen digits of the checksum as zeros) followed
/// by the data. Of much data it is taken on another thread, while the data is written, and its digits are written last; a
/// stream that cannot go back gets it before anything else. Reading, it follows the pieces that have arrived.
/// </remarks>
internal static class CheckpointFile
{
    public const string ChecksumKey = "optdsl.checksum";
    private const string Algorithm = "xxh64:";
    private const string Zeros = "0000000000000000";

    // From so many bytes on a hash takes longer than to hand it to another thread.
    private const long HashedApart = 1 << 22;

    // As it stands in the JSON: quotes within texts are escaped, so that nothing else can look like it.
    private static readonly byte[] Mark = Encoding.UTF8.GetBytes($"\"{ChecksumKey}\":\"{Algorithm}");

    public static void Write(Stream stream, IEnumerable<Entry> entries, Dictionary<string, string> metadata)
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("Checkpoints are little-endian; this processor is not.");
        }

        // Wide numbers first: every tensor lies at a multiple of its number's size.
        var ordered = entries.OrderByDescending(entry => entry.Size).ToArray();
        metadata[ChecksumKey] = Algorithm + Zeros;
        var header = SafeTensorsHeader.For(ordered.Select(entry => (entry.Name, entry.Type, entry.Shape, entry.Bytes)), metadata);
        var hash = new XxHash64();
        hash.Append(header.Bytes);
        if (!stream.CanSeek || header.DataBytes < HashedApart)
        {
            ForEachChunk(ordered, bytes => hash.Append(bytes));
            Encoding.UTF8.GetBytes(Text(hash), Digits(header.Bytes));
            Put(stream, header, ordered);
            return;
        }

        var start = stream.Position;
        var hashing = Task.Run(() => ForEachChunk(ordered, bytes => hash.Append(bytes)));
        try
        {
            Put(stream, header, ordered);
        }
        finally
        {
            // It reads the memory of the state, which may change once this returns.
            hashing.Wait();
        }

        Encoding.UTF8.GetBytes(Text(hash), Digits(header.Bytes));
        var end = stream.Position;
        stream.Position = start;
        Put(stream, header, []);
        stream.Position = end;
    }

    /// <summary>Reads the data behind a header into the entries of the same names; what has none is read over.</summary>
    /// <param name="stream">The stream, which stands behind the header.</param>
    /// <param name="header">The header.</param>
    /// <param name="targets">The memory by name; of the shapes and types of the header.</param>
    /// <param name="source">The name for messages.</param>
    /// <exception cref="CheckpointException">The data ends, or its checksum is another one. Without a checksum in the metadata
    /// there is nothing to compare.</exception>
    public static void ReadData(Stream stream, SafeTensorsHeader header, IReadOnlyDictionary<string, Entry> targets, string source)
    {
        var hash = new XxHash64();
        var checksum = Checksum(header, source);
        if (checksum is not null)
        {
            var bytes = header.Bytes.ToArray();
            Encoding.UTF8.GetBytes(Zeros, Digits(bytes));
            hash.Append(bytes);
        }

        var apart = checksum is not null && header.DataBytes >= HashedApart
            && header.Tensors.All(tensor => targets.TryGetValue(tensor.Name, out var target) && target.Stays);
        using (var behind = apart ? new HashBehind(hash) : null)
        {
            byte[]? rest = null;
            foreach (var tensor in header.Tensors)
            {
                if (targets.TryGetValue(tensor.Name, out var target))
                {
                    target.ForEachChunk((bytes, first, count) =>
                    {
                        Take(bytes, tensor);
                        behind?.Follow(target, first, count);
                    });
                    continue;
                }

                rest ??= new byte[1 << 16];
                for (var left = tensor.Bytes; left > 0; left -= Math.Min(left, rest.Length))
                {
                    Take(rest.AsSpan(0, (int)Math.Min(left, rest.Length)), tensor);
                }
            }
        }

        if (checksum is not null && checksum != Text(hash))
        {
            throw new CheckpointException(
                source,
                CheckpointFault.Checksum,
                $"the checksum of the bytes is {Text(hash)}, the file says {checksum}: it has been damaged or changed.");
        }

        void Take(Span<byte> bytes, StoredTensor tensor)
        {
            if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            {
                throw new CheckpointException(source, CheckpointFault.Truncated, $"the data of {tensor} ends early.");
            }

            if (checksum is not null && !apart)
            {
                hash.Append(bytes);
            }
        }
    }

    private static void Put(Stream stream, SafeTensorsHeader header, Entry[] entries)
    {
        stream.Write(BitConverter.GetBytes((long)header.Bytes.Length));
        stream.Write(header.Bytes);
        ForEachChunk(entries, bytes => stream.Write(bytes));
    }

    private static void ForEachChunk(Entry[] entries, Action<ReadOnlySpan<byte>> action)
    {
        foreach (var entry in entries)
        {
            entry.ForEachChunk((bytes, _, _) => action(bytes));
        }
    }

    /// <summary>The sixteen digits that the file claims; null where it claims none.</summary>
    private static string? Checksum(SafeTensorsHeader header, string source)
    {
        if (!header.Metadata.TryGetValue(ChecksumKey, out var text))
        {
            return null;
        }

        var digits = text.StartsWith(Algorithm, StringComparison.Ordinal) ? text[Algorithm.Length..] : string.Empty;
        return digits.Length == Zeros.Length && digits.All(char.IsAsciiHexDigitLower) && header.Bytes.AsSpan().IndexOf(Mark) >= 0
            ? digits
            : throw new CheckpointException(
                source, CheckpointFault.Checksum, $"the checksum \"{text}\" is not one that this library has written.");
    }

    private static Span<byte> Digits(byte[] header) => header.AsSpan(header.AsSpan().IndexOf(Mark) + Mark.Length, Zeros.Length);

    private static string Text(XxHash64 hash) => hash.Digest().ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>Takes up pieces of memory on another thread, in their order; done when it is disposed of.</summary>
    private sealed class HashBehind : IDisposable
    {
        private readonly BlockingCollection<(Entry Entry, int First, int Count)> _arrived = [];
        private readonly Task _hashing;

        public HashBehind(XxHash64 hash) =>
            _hashing = Task.Run(() =>
            {
                foreach (var (entry, first, count) in _arrived.GetConsumingEnumerable())
                {
                    hash.Append(entry.Memory(first, count));
                }
            });

        public void Follow(Entry entry, int first, int count) => _arrived.Add((entry, first, count));

        public void Dispose()
        {
            _arrived.CompleteAdding();
            _hashing.Wait();
            _arrived.Dispose();
        }
    }
}
