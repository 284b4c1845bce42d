namespace OptCore;

/// <summary>A slot of a stage given by a function: doubles, or the one 64-bit integer of a counter or a random generator.</summary>
/// <param name="name">The slot's local name.</param>
/// <param name="length">How many numbers it has.</param>
/// <param name="parts">Where the numbers of every tensor in scope are.</param>
/// <param name="counts">Whether it is a counter or the state of a random generator.</param>
internal sealed class SpanSlot(string name, int length, (int Start, int Length)[] parts, bool counts = false)
{
    public string Name => name;

    public bool Counts => counts;

    public double[] Values { get; } = new double[counts ? 0 : length];

    /// <summary>Exactly as the state has them: a double holds 53 bits.</summary>
    public long[] Integers { get; } = new long[counts ? length : 0];

    public Span<double> Part(int tensor) => Values.AsSpan(parts[tensor].Start, parts[tensor].Length);
}
