namespace OptCore;

/// <summary>A slot of a stage given by a function, in doubles.</summary>
/// <param name="name">The slot's local name.</param>
/// <param name="length">How many numbers it has.</param>
/// <param name="parts">Where the numbers of every tensor in scope are.</param>
internal sealed class SpanSlot(string name, int length, (int Start, int Length)[] parts)
{
    public string Name => name;

    public double[] Values { get; } = new double[length];

    public Span<double> Part(int tensor) => Values.AsSpan(parts[tensor].Start, parts[tensor].Length);
}
