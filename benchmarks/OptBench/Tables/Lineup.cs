using System.Numerics;
using OptBench.Contenders;
using OptBench.Measuring;

namespace OptBench.Tables;

/// <summary>Who takes part in a cell of the main table.</summary>
internal static class Lineup
{
    public const int Threads = 2;

    public static Contender[] All<T>(Problem<T> problem)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
    [
        new Composed<T>(problem, 1),
        new HandWritten<T>(problem),
        new CopyLoop<T>(problem),
        new Composed<T>(problem, Threads),
        new StageByStage<T>(problem),
        new MathNetVectors<T>(problem),
        new ScalarLoop<T>(problem),
    ];

    /// <summary>Whether data that fit a cache should be brought back into it, and workers woken, before each sample.</summary>
    public static bool Settles(int length) => length is >= 10_000 and <= 2_000_000;

    // A session tries out whether its threads pay; it should have done so before it is measured.
    private static double WarmUp(Options options, int length) => Settles(length) ? 5 * options.WarmUp : options.WarmUp;

    public static Samples[] Measure<T>(Rule rule, int length, Options options, bool first, Func<Problem<T>, Contender[]> lineup)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var problem = new Problem<T>(rule, length);
        return Rounds.Measure(lineup(problem), options.CellSeconds, first ? options.FirstWarmUp : WarmUp(options, length), Settles(length));
    }
}
