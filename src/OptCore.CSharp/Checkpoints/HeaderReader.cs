using System.Text.Json;

namespace OptCore;

/// <summary>Reads the JSON of a safetensors header, token by token: refuses what stands twice and what is of another form.</summary>
internal ref struct HeaderReader(ReadOnlySpan<byte> json, string source)
{
    // The header is three levels deep; unknown keys of a tensor may hold a little more.
    private Utf8JsonReader _reader = new(json, new JsonReaderOptions { MaxDepth = 8 });

    public void Read(List<StoredTensor> tensors, Dictionary<string, string> metadata)
    {
        var names = new HashSet<string>();
        Next(JsonTokenType.StartObject);
        while (NextKey() is { } name)
        {
            if (!names.Add(name))
            {
                throw new CheckpointException(source, CheckpointFault.Duplicate, $"the name \"{name}\" stands twice in the header.");
            }

            if (name == SafeTensorsHeader.MetadataKey)
            {
                ReadMetadata(metadata);
            }
            else
            {
                tensors.Add(ReadTensor(name));
            }
        }

        // Refuses what follows the closing brace.
        _reader.Read();
    }

    private void ReadMetadata(Dictionary<string, string> metadata)
    {
        Next(JsonTokenType.StartObject);
        while (NextKey() is { } key)
        {
            Next(JsonTokenType.String);
            if (!metadata.TryAdd(key, _reader.GetString()!))
            {
                throw new CheckpointException(source, CheckpointFault.Duplicate, $"the key \"{key}\" stands twice in the metadata.");
            }
        }
    }

    private StoredTensor ReadTensor(string name)
    {
        string? type = null;
        long[]? shape = null, offsets = null;
        Next(JsonTokenType.StartObject);
        while (NextKey() is { } key)
        {
            var twice = false;
            switch (key)
            {
                case "dtype":
                    twice = type is not null;
                    Next(JsonTokenType.String);
                    type = _reader.GetString();
                    break;
                case "shape":
                    twice = shape is not null;
                    shape = Numbers();
                    break;
                case "data_offsets":
                    twice = offsets is not null;
                    offsets = Numbers();
                    break;
                default:
                    _reader.Skip();
                    break;
            }

            if (twice)
            {
                throw new CheckpointException(source, CheckpointFault.Duplicate, $"the tensor \"{name}\" has two keys \"{key}\".");
            }
        }

        return type is not null && shape is not null && offsets is [var begin, var end]
            ? new StoredTensor(name, type, shape, begin, end)
            : throw new JsonException($"the tensor \"{name}\" lacks dtype, shape or two data_offsets.");
    }

    private long[] Numbers()
    {
        var numbers = new List<long>();
        Next(JsonTokenType.StartArray);
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (_reader.TokenType != JsonTokenType.Number || !_reader.TryGetInt64(out var number) || number < 0)
            {
                throw new JsonException($"expected an integer ≥ 0 at byte {_reader.TokenStartIndex}.");
            }

            numbers.Add(number);
        }

        return [.. numbers];
    }

    private string? NextKey()
    {
        if (!_reader.Read() || _reader.TokenType is not (JsonTokenType.PropertyName or JsonTokenType.EndObject))
        {
            throw new JsonException($"expected a name at byte {_reader.TokenStartIndex}.");
        }

        return _reader.TokenType == JsonTokenType.EndObject ? null : _reader.GetString();
    }

    private void Next(JsonTokenType expected)
    {
        if (!_reader.Read() || _reader.TokenType != expected)
        {
            throw new JsonException($"expected {expected} at byte {_reader.TokenStartIndex}, found {_reader.TokenType}.");
        }
    }
}
