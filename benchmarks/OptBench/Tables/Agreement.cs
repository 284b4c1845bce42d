using System.Numerics;
using OptBench.Contenders;

namespace OptBench.Tables;

/// <summary>Before anything is timed: all contenders compute the same.</summary>
internal static class Agreement
{
    private const int Length = 1003;
    private const int Steps = 20;

    /// <exception cref="InvalidOperationException">A contender's parameters differ by more than rounding.</exception>
    public static void Check<T>(Rule rule, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var problem = new Problem<T>(rule, Length);
        var contenders = Lineup.All(problem);
        foreach (var contender in contenders)
        {
            contender.Run(Steps);
        }

        var expected = contenders[0].Parameters();
        foreach (var contender in contenders)
        {
            var actual = contender.Parameters();
            for (var i = 0; i < actual.Length; i++)
            {
                // Not greater rather than smaller: NaN must fail.
                if (!(Math.Abs(actual[i] - expected[i]) <= tolerance))
                {
                    throw new InvalidOperationException(
                        $"{rule.Text()}: {contender.Name} has {actual[i]} at {i} after {Steps} steps, {contenders[0].Name} {expected[i]}.");
                }
            }

            contender.Dispose();
        }
    }
}
