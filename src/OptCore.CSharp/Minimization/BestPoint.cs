using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace OptCore;

/// <summary>The smallest value that a run met, and where. Compared by content, bit for bit.</summary>
public sealed record BestPoint
{
    private readonly double[] _point;

    internal BestPoint(double value, long step, ReadOnlySpan<double> point)
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
    public double[] Point => [.. _point];

    /// <inheritdoc/>
    public bool Equals(BestPoint? other) =>
        other is not null && Step == other.Step && Value.Equals(other.Value)
        && MemoryMarshal.AsBytes<double>(_point).SequenceEqual(MemoryMarshal.AsBytes<double>(other._point));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Value, Step);

    /// <summary>One line.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value:G6} at step {Step}");
}
