namespace OptCore;

/// <summary>What is wrong with a file.</summary>
public enum CheckpointFault
{
    /// <summary>The header is no safetensors header: no JSON of that form, or larger than the format allows.</summary>
    Header,

    /// <summary>The file ends before its data, or goes on behind it.</summary>
    Truncated,

    /// <summary>Offsets overlap, leave a gap, lie outside the data or do not fit the shape.</summary>
    Offsets,

    /// <summary>A name stands twice.</summary>
    Duplicate,

    /// <summary>The metadata of a checkpoint is missing or malformed.</summary>
    Metadata,

    /// <summary>The file was written by a newer version of the format.</summary>
    Version,

    /// <summary>The file is of another optimizer.</summary>
    Optimizer,

    /// <summary>The file's tensors are not those of the layout: other names or another order.</summary>
    Layout,

    /// <summary>A tensor or a slot that is needed is not in the file.</summary>
    Missing,

    /// <summary>The file has an entry that the plan does not know.</summary>
    Unknown,

    /// <summary>An entry has another shape.</summary>
    Shape,

    /// <summary>An entry is of another number type.</summary>
    Type,

    /// <summary>The bytes are not those that were written.</summary>
    Checksum,

    /// <summary>A value that no run could have left.</summary>
    Value,
}

/// <summary>A file was refused. Nothing was changed by reading it; the message names the file, the place and what was expected.</summary>
public sealed class CheckpointException : FormatException
{
    internal CheckpointException(string source, CheckpointFault fault, string message, Exception? inner = null)
        : base($"{source}: {message}", inner) => Fault = fault;

    /// <summary>What is wrong.</summary>
    public CheckpointFault Fault { get; }
}
