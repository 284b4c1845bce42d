namespace OptCore;

/// <summary>One named tensor inside the flat parameter vector. Compared by content.</summary>
public sealed class TensorInfo : IEquatable<TensorInfo>
{
    internal TensorInfo(string name, int[] shape, int offset, int length)
    {
        Name = name;
        Shape = shape;
        Offset = offset;
        Length = length;
    }

    /// <summary>The tensor's name, unique within its layout.</summary>
    public string Name { get; }

    /// <summary>The lengths of the axes, row-major; empty for a scalar.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>The index of the tensor's first element in the flat vector.</summary>
    public int Offset { get; }

    /// <summary>The number of elements: the product of the shape.</summary>
    public int Length { get; }

    /// <summary>The index behind the tensor's last element.</summary>
    public int End => Offset + Length;

    /// <inheritdoc/>
    public bool Equals(TensorInfo? other) =>
        other is not null && Name == other.Name && Offset == other.Offset && Shape.SequenceEqual(other.Shape);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TensorInfo);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Offset, Length);

    /// <summary>The name and the shape: <c>w1[3, 4]</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Name}[{string.Join(", ", Shape)}]";
}
