using OptCore.Kernels;

namespace OptCore;

/// <summary>Moves elements between a vector with gaps and one without.</summary>
internal static class Scatter
{
    public static void Gather<T>(ReadOnlySpan<T> vector, ReadOnlySpan<ElementRange> ranges, Span<T> gathered)
    {
        foreach (var range in ranges)
        {
            range.Of(vector).CopyTo(gathered);
            gathered = gathered[range.Length..];
        }
    }

    public static void Spread<T>(ReadOnlySpan<T> gathered, ReadOnlySpan<ElementRange> ranges, Span<T> vector)
    {
        foreach (var range in ranges)
        {
            gathered[..range.Length].CopyTo(range.Of(vector));
            gathered = gathered[range.Length..];
        }
    }
}
