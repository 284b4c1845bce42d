using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace OptCore;

/// <summary>The smallest value that a run met, and where. Compared by content, bit for bit.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed record BestPoint<T>
    where T : unmanaged
{
    private readonly T[] _point;

    internal BestPoint(double value, long step, ReadOnlySpan<T> point)
    {
        Value = value;
        Step = step;
        _point = point.ToArray();
    }

    /// <summary>The value, as the step saw it.</summary>
    public double Value { get; }

    /// <summary>t, the number of updates applied before.</summary>
    public long Step { get; }

    /// <summary>A copy of the point at which the value was evaluated.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public T[] Point => [.. _point];

    /// <inheritdoc/>
    public bool Equals(BestPoint<T>? other) =>
        other is not null && Step == other.Step && Value.Equals(other.Value)
        && MemoryMarshal.AsBytes<T>(_point).SequenceEqual(MemoryMarshal.AsBytes<T>(other._point));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Value, Step);

    /// <summary>One line.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value:G6} at step {Step}");
}
