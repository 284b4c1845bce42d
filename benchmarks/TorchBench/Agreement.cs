using OptBench.Contenders;

namespace TorchBench;

/// <summary>Whether all contenders do the same work.</summary>
internal static class Agreement
{
    private const int Steps = 5;

    /// <summary>Compares the parameters after some steps; disposes the contenders.</summary>
    /// <exception cref="InvalidOperationException">One is further from the first than the tolerance, relative to 1 + |p|.</exception>
    public static void Check(IReadOnlyList<Contender> contenders, double tolerance)
    {
        double[]? expected = null;
        foreach (var contender in contenders)
        {
            contender.Run(Steps);
            var found = contender.Parameters();
            expected ??= found;
            for (var i = 0; i < found.Length; i++)
            {
                if (!(Math.Abs(found[i] - expected[i]) <= tolerance * (1 + Math.Abs(expected[i]))))
                {
                    throw new InvalidOperationException(
                        $"{contender.Name} has {found[i]} at {i} after {Steps} steps; {contenders[0].Name} has {expected[i]}.");
                }
            }
        }

        foreach (var contender in contenders)
        {
            contender.Dispose();
        }
    }
}
