namespace OptCore;

/// <summary>
/// How schedules print: as the text layer says, which knows all words and registers itself.
/// Schedules know nothing above them.
/// </summary>
internal static class ScheduleText
{
    /// <summary>Writes a schedule as the F# expression that builds it.</summary>
    internal static Func<ISchedule, string> Writer { get; set; } = schedule => schedule.Equation;

    internal static string Of(ISchedule schedule) => Writer(schedule);
}
