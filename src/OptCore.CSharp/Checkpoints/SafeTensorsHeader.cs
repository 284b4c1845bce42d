using System.Text.Json;

namespace OptCore;

/// <summary>
/// The header of a safetensors file: 8 bytes with its length, little-endian, then JSON that names every tensor's type, shape
/// and bytes. Reading trusts nothing: no memory is taken that the file itself does not have.
/// </summary>
/// <remarks>Source: the safetensors format. The data is one block without gaps; here it begins at a multiple of 64 bytes.</remarks>
internal sealed class SafeTensorsHeader
{
    public const string MetadataKey = "__metadata__";

    // The limit of the format's reference reader.
    private const long LongestHeader = 100_000_000;
    private const int Piece = 1 << 16;

    private SafeTensorsHeader(byte[] bytes, StoredTensor[] tensors, Dictionary<string, string> metadata)
    {
        Bytes = bytes;
        Tensors = tensors;
        Metadata = metadata;
    }

    /// <summary>The JSON, padding included, without the length before it.</summary>
    public byte[] Bytes { get; }

    /// <summary>The tensors in the order of their bytes.</summary>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The size of the data.</summary>
    public long DataBytes => Tensors.Count == 0 ? 0 : Tensors[^1].End;

    /// <summary>Where the data begins.</summary>
    public long DataStart => sizeof(long) + Bytes.Length;

    /// <summary>Lays tensors one behind the other.</summary>
    public static SafeTensorsHeader For(
        IEnumerable<(string Name, string Type, IReadOnlyList<int> Shape, long Bytes)> tensors,
        IEnumerable<KeyValuePair<string,
        string>> metadata)
    {
        long next = 0;
        var stored = new List<StoredTensor>();
        foreach (var (name, type, shape, bytes) in tensors)
        {
            stored.Add(new StoredTensor(name, type, [.. shape.Select(axis => (long)axis)], next, next + bytes));
            next += bytes;
        }

        var all = metadata.ToDictionary();
        return new SafeTensorsHeader(Write(stored, all), [.. stored], all);
    }

    /// <summary>Reads a header from a stream that stands at its beginning.</summary>
    /// <param name="stream">The stream; stands behind the header afterwards.</param>
    /// <param name="length">The length of the whole file; negative where it is not known.</param>
    /// <param name="source">The name for messages.</param>
    /// <exception cref="CheckpointException">The header is not one of a complete safetensors file.</exception>
    public static SafeTensorsHeader Read(Stream stream, long length, string source)
    {
        var prefix = new byte[sizeof(long)];
        if (stream.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false) < prefix.Length)
        {
            throw new CheckpointException(source, CheckpointFault.Truncated, "the file ends within its first 8 bytes.");
        }

        var size = BitConverter.ToUInt64(prefix);
        if (size is < 2 or > LongestHeader)
        {
            throw new CheckpointException(
                source,
                CheckpointFault.Header,
                $"the header claims {size} bytes; expected 2 to {LongestHeader}. This is no safetensors file.");
        }

        if (length >= 0 && (long)size > length - prefix.Length)
        {
            throw new CheckpointException(
                source,
                CheckpointFault.Truncated,
                $"the header claims {size} bytes; the file has {length - prefix.Length} behind its length.");
        }

        var header = Parse(ReadPieces(stream, (int)size, source), source);
        if (length >= 0 && header.DataStart + header.DataBytes != length)
        {
            throw new CheckpointException(
                source, CheckpointFault.Truncated, $"the file has {length} bytes; its header describes "
                    + $"{header.DataStart + header.DataBytes}.");
        }

        return header;
    }

    // Where the length is not known, no more is taken than has come.
    private static byte[] ReadPieces(Stream stream, int size, string source)
    {
        var bytes = new byte[Math.Min(size, Piece)];
        var read = 0;
        while (true)
        {
            read += stream.ReadAtLeast(bytes.AsSpan(read), bytes.Length - read, throwOnEndOfStream: false);
            if (read < bytes.Length)
            {
                throw new CheckpointException(
                    source, CheckpointFault.Truncated, $"the header claims {size} bytes; the file ends after {read}.");
            }

            if (read == size)
            {
                return bytes;
            }

            Array.Resize(ref bytes, (int)Math.Min(size, 2L * bytes.Length));
        }
    }

    private static SafeTensorsHeader Parse(byte[] bytes, string source)
    {
        var tensors = new List<StoredTensor>();
        var metadata = new Dictionary<string, string>();
        try
        {
            if (bytes[0] != (byte)'{')
            {
                throw new JsonException("it does not begin with '{'.");
            }

            new HeaderReader(bytes, source).Read(tensors, metadata);
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: text that is no UTF-8.
            throw new CheckpointException(
                source, CheckpointFault.Header, $"the header is not the JSON of a safetensors file: {wrong.Message}", wrong);
        }

        tensors.Sort((a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
        CheckOffsets(tensors, source);
        return new SafeTensorsHeader(bytes, [.. tensors], metadata);
    }

    private static void CheckOffsets(List<StoredTensor> tensors, string source)
    {
        var next = 0L;
        foreach (var tensor in tensors)
        {
            if (tensor.Begin < 0 || tensor.End < tensor.Begin)
            {
                throw Wrong(source, tensor, "expected 0 ≤ begin ≤ end");
            }

            if (tensor.Begin != next)
            {
                throw Wrong(
                    source,
                    tensor,
                    $"{(tensor.Begin < next ? "it overlaps the tensor before" : "there is a gap before")}: expected {next}");
            }

            next = tensor.End;
            var size = StoredTensor.SizeOf(tensor.Type);
            if (size > 0 && Elements(tensor) * (uint)size != (UInt128)tensor.Bytes)
            {
                throw Wrong(source, tensor, $"its shape needs {Elements(tensor) * (uint)size} bytes");
            }
        }
    }

    // Saturates above every file, so that a later axis of 0 still gives 0.
    private static UInt128 Elements(StoredTensor tensor)
    {
        UInt128 elements = 1;
        foreach (var axis in tensor.Shape)
        {
            elements = UInt128.Min(elements * (ulong)axis, ulong.MaxValue);
        }

        return elements;
    }

    private static CheckpointException Wrong(string source, StoredTensor tensor, string expected) =>
        new(source, CheckpointFault.Offsets, $"the tensor {tensor} has the offsets [{tensor.Begin}, {tensor.End}]; {expected}.");

    private static byte[] Write(List<StoredTensor> tensors, Dictionary<string, string> metadata)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteStartObject(MetadataKey);
            foreach (var (key, value) in metadata)
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
            foreach (var tensor in tensors)
            {
                Write(json, tensor);
            }

            json.WriteEndObject();
        }

        while ((stream.Length + sizeof(long)) % 64 != 0)
        {
            stream.WriteByte((byte)' ');
        }

        return stream.Length <= LongestHeader
            ? stream.ToArray()
            : throw new InvalidOperationException($"The header has {stream.Length} bytes; the format allows {LongestHeader}.");
    }

    private static void Write(Utf8JsonWriter json, StoredTensor tensor)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", tensor.Type);
        json.WriteStartArray("shape");
        foreach (var axis in tensor.Shape)
        {
            json.WriteNumberValue(axis);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(tensor.Begin);
        json.WriteNumberValue(tensor.End);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
