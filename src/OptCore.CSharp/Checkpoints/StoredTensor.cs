namespace OptCore;

/// <summary>One entry of a safetensors file, as its header describes it.</summary>
/// <param name="Name">The entry's name.</param>
/// <param name="Type">The number type as the format writes it: <c>F64</c>, <c>F32</c>, <c>BF16</c>, <c>I64</c> ….</param>
/// <param name="Shape">The lengths of the axes, row-major; empty for one number.</param>
/// <param name="Begin">The first byte within the data.</param>
/// <param name="End">The byte behind the last one.</param>
public sealed record StoredTensor(string Name, string Type, IReadOnlyList<long> Shape, long Begin, long End)
{
    /// <summary>The size in bytes.</summary>
    public long Bytes => End - Begin;

    /// <summary>The name, the type and the shape: <c>hidden.w F32[3, 4]</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Name} {Type}[{string.Join(", ", Shape)}]";

    /// <inheritdoc/>
    public bool Equals(StoredTensor? other) =>
        other is not null && (Name, Type, Begin, End) == (other.Name, other.Type, other.Begin, other.End)
            && Shape.SequenceEqual(other.Shape);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Type, Begin, End);

    /// <summary>The bytes of one number of a type; 0 for a type that is not known or smaller than a byte.</summary>
    internal static int SizeOf(string type) => type switch
    {
        "F64" or "I64" or "U64" or "C64" => 8,
        "F32" or "I32" or "U32" => 4,
        "F16" or "BF16" or "I16" or "U16" => 2,
        "I8" or "U8" or "BOOL" or "F8_E4M3" or "F8_E5M2" or "F8_E8M0" => 1,
        _ => 0,
    };
}
