using System.Globalization;
using System.Text;

namespace OptCore;

/// <summary>What the header of a safetensors file says, without its data: <see cref="Checkpoint.Inspect(string)"/>.</summary>
public sealed class CheckpointInfo
{
    internal CheckpointInfo(SafeTensorsHeader header, string source)
    {
        Tensors = header.Tensors;
        Metadata = header.Metadata;
        Bytes = header.DataStart + header.DataBytes;
        if (StateMetadata.Describes(header))
        {
            var state = StateMetadata.Of(header, source);
            (Optimizer, Layout, Step, Library) = (state.Optimizer, state.Layout, state.Step, state.Library);
        }
    }

    /// <summary>The optimizer's text; null for a file that holds no state.</summary>
    public string? Optimizer { get; }

    /// <summary>The tensors of the parameters, in their order; null for a file that holds no state.</summary>
    public Layout? Layout { get; }

    /// <summary>t; null for a file that holds no state.</summary>
    public long? Step { get; }

    /// <summary>The version of the library that wrote the state; null for a file that holds none.</summary>
    public string? Library { get; }

    /// <summary>The size of the file in bytes.</summary>
    public long Bytes { get; }

    /// <summary>Everything stored, parameters and slots, in the order of its bytes.</summary>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>The metadata as it stands in the file.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Several lines: optimizer, step, size, and every tensor with its type and shape.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        var text = new StringBuilder();
        if (Optimizer is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"{Optimizer}\nstep {Step}, library {Library}, ");
        }

        text.Append(CultureInfo.InvariantCulture, $"{Bytes} bytes, {Tensors.Count} entries");
        foreach (var tensor in Tensors)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n  {tensor}");
        }

        return text.ToString();
    }
}
