using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;

namespace OptCore;

/// <summary>What a checkpoint says of itself besides its tensors.</summary>
/// <param name="Optimizer">The optimizer's text.</param>
/// <param name="Layout">The tensors of the parameters, in their order.</param>
/// <param name="Type">The number type: <c>F32</c> or <c>F64</c>.</param>
/// <param name="Step">t.</param>
/// <param name="Library">The version of the library that wrote the file.</param>
internal sealed record StateMetadata(string Optimizer, Layout Layout, string Type, long Step, string Library)
{
    /// <summary>The version of the format that this library writes, and the newest that it reads.</summary>
    public const int Version = 1;

    public const string VersionKey = "optdsl.format";
    public const string LibraryKey = "optdsl.library";
    private const string OptimizerKey = "optdsl.optimizer";
    private const string LayoutKey = "optdsl.layout";
    private const string TypeKey = "optdsl.type";
    private const string StepKey = "optdsl.step";

    public static string ThisLibrary { get; } =
        typeof(StateMetadata).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0] ?? "unknown";

    public static bool Describes(SafeTensorsHeader header) => header.Metadata.ContainsKey(OptimizerKey);

    public Dictionary<string, string> ToMetadata() => new()
    {
        [VersionKey] = Version.ToString(CultureInfo.InvariantCulture),
        [LibraryKey] = Library,
        [OptimizerKey] = Optimizer,
        [LayoutKey] = Write(Layout),
        [TypeKey] = Type,
        [StepKey] = Step.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Reads the metadata of a checkpoint.</summary>
    /// <exception cref="CheckpointException">The file is no checkpoint, is of a newer format, or a value is malformed.</exception>
    public static StateMetadata Of(SafeTensorsHeader header, string source)
    {
        CheckVersion(header, source);
        var optimizer = Required(OptimizerKey);
        var step = Required(StepKey);
        return new StateMetadata(
            optimizer,
            ReadLayout(Required(LayoutKey), source),
            Required(TypeKey),
            long.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var t) ? t : throw Malformed(source, StepKey, step),
            header.Metadata.GetValueOrDefault(LibraryKey, "unknown"));

        string Required(string key) => header.Metadata.TryGetValue(key, out var value)
            ? value
            : throw new CheckpointException(source, CheckpointFault.Metadata, $"the metadata has no \"{key}\".");
    }

    /// <summary>Refuses a file of a newer format; nothing for files of others.</summary>
    public static void CheckVersion(SafeTensorsHeader header, string source, bool required = true)
    {
        if (!header.Metadata.TryGetValue(VersionKey, out var text))
        {
            if (required)
            {
                throw new CheckpointException(
                    source, CheckpointFault.Metadata, $"the metadata has no \"{VersionKey}\": the file is no checkpoint of this library. "
                        + "Its tensors can be loaded as parameters.");
            }

            return;
        }

        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) || version < 1)
        {
            throw Malformed(source, VersionKey, text);
        }

        if (version > Version)
        {
            throw new CheckpointException(
                source,
                CheckpointFault.Version,
                $"the file is of format version {version}, written by library version "
                + $"{header.Metadata.GetValueOrDefault(LibraryKey, "unknown")}; this library reads up to version {Version}.");
        }
    }

    public static string Write(Layout layout)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartArray();
            foreach (var tensor in layout.Tensors)
            {
                json.WriteStartArray();
                json.WriteStringValue(tensor.Name);
                foreach (var axis in tensor.Shape)
                {
                    json.WriteNumberValue(axis);
                }

                json.WriteEndArray();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static Layout ReadLayout(string text, string source)
    {
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text), new JsonReaderOptions { MaxDepth = 2 });
            var tensors = new List<(string, int[])>();
            Next(ref reader, JsonTokenType.StartArray);
            while (reader.Read() && reader.TokenType == JsonTokenType.StartArray)
            {
                Next(ref reader, JsonTokenType.String);
                var name = reader.GetString()!;
                var shape = new List<int>();
                while (reader.Read() && reader.TokenType == JsonTokenType.Number)
                {
                    shape.Add(reader.TryGetInt32(out var axis) ? axis : throw new JsonException("an axis is no 32-bit integer."));
                }

                Check(reader.TokenType, JsonTokenType.EndArray);
                tensors.Add((name, [.. shape]));
            }

            Check(reader.TokenType, JsonTokenType.EndArray);

            // Refuses what follows the closing bracket.
            reader.Read();
            return Layout.Of(tensors);
        }
        catch (Exception wrong) when (wrong is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new CheckpointException(
                source, CheckpointFault.Metadata, $"the layout in the metadata is malformed: {wrong.Message}", wrong);
        }
    }

    private static void Next(ref Utf8JsonReader reader, JsonTokenType expected)
    {
        reader.Read();
        Check(reader.TokenType, expected);
    }

    private static void Check(JsonTokenType found, JsonTokenType expected)
    {
        if (found != expected)
        {
            throw new JsonException($"expected {expected}, found {found}.");
        }
    }

    private static CheckpointException Malformed(string source, string key, string value) =>
        new(source, CheckpointFault.Metadata, $"the metadata has \"{key}\" = \"{value}\"; expected a whole number.");
}
