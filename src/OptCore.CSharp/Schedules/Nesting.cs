using System.Runtime.CompilerServices;

namespace OptCore;

/// <summary>A schedule made of others.</summary>
internal interface ICombinator : ISchedule
{
    /// <summary>The schedules it is made of.</summary>
    IEnumerable<ISchedule> Inner { get; }
}

/// <summary>
/// Bounds how deeply schedules nest, where they are made: comparing, evaluating and printing walk down, and a stack that ends
/// ends the process.
/// </summary>
internal static class Nesting
{
    private const int Deepest = 1000;

    // Kept beside the schedules, not in them: a depth is no part of their content.
    private static readonly ConditionalWeakTable<ISchedule, StrongBox<int>> Depths = [];

    /// <summary>Accepts a schedule that may stand inside one more.</summary>
    /// <exception cref="ArgumentNullException">The schedule is null.</exception>
    /// <exception cref="ArgumentException">It is nested too deeply already.</exception>
    public static ISchedule Checked(ISchedule? schedule, [CallerArgumentExpression(nameof(schedule))] string name = "")
    {
        var depth = Depth(Require.NotNull(schedule, name));
        return depth < Deepest
            ? schedule!
            : throw new ArgumentException(
                FormattableString.Invariant($"{name} combines schedules {depth} deep; at most {Deepest} may stand inside one another."),
                name);
    }

    // What stands inside was checked when it was made, so that this descends by one level.
    private static int Depth(ISchedule schedule) =>
        schedule is ICombinator combinator
            ? Depths.GetValue(schedule, _ => new StrongBox<int>(1 + combinator.Inner.Max(Depth))).Value
            : 0;
}
