using System.Numerics;

namespace OptCore;

/// <summary>Parameters with the names and shapes of their tensors.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class NamedParameters<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _values;

    internal NamedParameters(Layout layout, T[] values) => (Layout, _values) = (layout, values);

    /// <summary>The tensors.</summary>
    public Layout Layout { get; }

    /// <summary>The flat vector, without a copy.</summary>
    /// <returns>The values.</returns>
    public ReadOnlySpan<T> AsSpan() => _values;

    /// <summary>A copy of the flat vector.</summary>
    /// <returns>The values.</returns>
    public T[] ToArray() => [.. _values];

    /// <summary>One line: the tensors.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Layout.ToString();
}
