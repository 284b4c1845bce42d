using static System.FormattableString;

namespace OptCore;

/// <summary>
/// Length checks of the objectives: wrong lengths say the parameter, what was found and what was expected.
/// </summary>
internal static class Lengths
{
    /// <summary>Refuses a length other than the expected one.</summary>
    /// <exception cref="ArgumentException">found ≠ expected.</exception>
    internal static void Check(int found, int expected, string name)
    {
        if (found != expected)
        {
            throw Wrong(found, expected, name);
        }
    }

    /// <summary>Refuses a point or gradient of the wrong length, and a gradient that overlaps the point.</summary>
    /// <exception cref="ArgumentException">A length differs from the dimension, or the spans overlap.</exception>
    internal static void CheckPoint<T>(ReadOnlySpan<T> parameters, Span<T> gradient, int dimension)
    {
        Check(parameters.Length, dimension, nameof(parameters));
        Check(gradient.Length, dimension, nameof(gradient));
        if (parameters.Overlaps(gradient))
        {
            throw new ArgumentException("gradient overlaps parameters; expected separate memory.", nameof(gradient));
        }
    }

    /// <summary>Refuses an empty list of samples and indices outside 0 … count − 1.</summary>
    /// <exception cref="ArgumentException">The list is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    internal static void CheckSamples(ReadOnlySpan<int> samples, int count)
    {
        if (samples.IsEmpty)
        {
            throw new ArgumentException("samples is empty; expected at least one index.", nameof(samples));
        }

        for (var i = 0; i < samples.Length; i++)
        {
            if ((uint)samples[i] >= (uint)count)
            {
                throw Require.Outside(
                    Invariant($"samples[{i}]"), samples[i], Invariant($"0 ≤ value < {count}"));
            }
        }
    }

    /// <summary>The exception of a wrong length, not thrown.</summary>
    internal static ArgumentException Wrong(long found, long expected, string name) =>
        new(Invariant($"{name} has length {found}; expected {expected}."), name);
}
