namespace OptCore;

/// <summary>
/// The rules about schedules: against the number of steps, against one another. They look at values on a grid: a warning needs no
/// proof, and what is missed between its points is missed.
/// </summary>
internal static class ScheduleWarnings
{
    // The horizon where neither the run nor a schedule has an end.
    private const long Far = 1_000_000;
    private const double Grown = 1000;

    /// <summary>What schedules do one by one, wherever they stand.</summary>
    public static IEnumerable<Warning> Of(Optimizer optimizer, long? steps) =>
        optimizer.Parts.SelectMany(part => Of(part.Optimizer, steps))
            .Concat(optimizer.Schedules.SelectMany(placed => Growth(placed.Schedule).Concat(AgainstRun(placed.Schedule, steps))))
            .Concat(optimizer.ScheduledValues.SelectMany(value => OfValue(optimizer, value, steps)));

    /// <summary>What the schedules of one branch do to one another.</summary>
    public static IEnumerable<Warning> Of(Branch branch, long? steps)
    {
        var schedules = Everywhere(branch);
        if (schedules.Length < 2)
        {
            yield break;
        }

        var horizon = steps ?? Horizon(schedules);
        var alone = schedules.Aggregate(1.0, (product, schedule) => product * Peak([schedule], horizon));
        var together = Peak(schedules, horizon);
        if (together < alone / 2)
        {
            yield return new Warning(
                "schedules-cancel",
                $"{string.Join(" and ", schedules.Select(Words.Print))} multiply: together they reach {Words.Short(together)}, "
                + $"one by one {Words.Short(alone)}; andThen puts one behind another.");
        }
    }

    /// <summary>The largest factor of the rate, as far as the grid sees it.</summary>
    public static double Peak(Branch branch)
    {
        var schedules = Everywhere(branch);
        return schedules.Length == 0 ? 1 : Peak(schedules, Horizon(schedules));
    }

    private static ISchedule[] Everywhere(Branch branch) =>
        [.. branch.Schedules.Where(placed => placed.Scope.IsEverywhere).Select(placed => placed.Schedule)];

    private static long Horizon(IEnumerable<ISchedule> schedules) => schedules.Max(schedule => schedule.End ?? Far);

    private static double Peak(IReadOnlyList<ISchedule> schedules, long horizon) =>
        Grid(horizon).Concat(schedules.Select(schedule => Math.Min(schedule.End ?? 0, horizon)))
            .Max(step => schedules.Aggregate(1.0, (product, schedule) => product * schedule.At(step)));

    /// <summary>0 … horizon: the first steps one by one, then evenly.</summary>
    private static IEnumerable<long> Grid(long horizon)
    {
        const int Cells = 256;
        var near = Math.Min(horizon, Cells);
        for (var step = 0L; step <= near; step++)
        {
            yield return step;
        }

        for (var i = 1; near < horizon && i <= Cells; i++)
        {
            yield return near + (long)((horizon - near) * (i / (double)Cells));
        }
    }

    private static IEnumerable<Warning> Growth(ISchedule schedule)
    {
        var start = schedule.At(0);
        var step = schedule.Recurrence is null && start > 0 ? Grid(Far).FirstOrDefault(t => schedule.At(t) > Grown * start) : 0;
        if (step > 0)
        {
            yield return new Warning(
                "schedule-grows",
                $"the schedule {Words.Print(schedule)} grows without end: {Words.Short(schedule.At(step) / start)} times its start "
                + $"at step {step}.");
        }
    }

    private static IEnumerable<Warning> OfValue(Optimizer optimizer, ScheduledValue value, long? steps)
    {
        if (value.Schedule.End == 0)
        {
            yield return new Warning(
                "value-constant",
                $"{value.Name} follows a schedule that stays at {Words.Short(value.Schedule.At(0))}; the number says it.");
        }

        var last = steps is { } run ? Math.Max(0, run - 1) : value.Schedule.End ?? Far;
        var refusals = Grid(last).Select(t => ScheduledValues.Refusal(optimizer, value, t));
        if (refusals.FirstOrDefault(refusal => refusal is not null) is { } outside)
        {
            yield return new Warning("value-out-of-range", $"the run stops where {outside.Message}");
        }

        foreach (var warning in CutShort(value.Schedule, $"the schedule {Words.Print(value.Schedule)} of {value.Name}", steps))
        {
            yield return warning;
        }
    }

    private static IEnumerable<Warning> AgainstRun(ISchedule schedule, long? steps) =>
        EndsEarly(schedule, steps).Concat(CutShort(schedule, $"the schedule {Words.Print(schedule)}", steps));

    private static IEnumerable<Warning> EndsEarly(ISchedule schedule, long? steps)
    {
        if (steps is not { } run || schedule.End is not { } end || run == 0)
        {
            yield break;
        }

        var last = schedule.At(end);
        if (end < run && last < Peak([schedule], end) && !EndsOnPurpose(schedule, end, last))
        {
            yield return new Warning(
                "schedule-ends-early",
                $"the schedule {Words.Print(schedule)} stays at {Words.Short(last)} from step {end} on; the run takes {run} steps.");
        }
    }

    private static IEnumerable<Warning> CutShort(ISchedule schedule, string what, long? steps)
    {
        if (steps is not { } run || schedule.End is not { } end || run == 0)
        {
            yield break;
        }

        // The last update of the run is that of step run − 1; a schedule may end there or one behind.
        var last = schedule.At(end);
        if (end > run && !schedule.At(run).Equals(last))
        {
            yield return new Warning(
                "schedule-cut-short",
                $"{what} ends at step {end} with {Words.Short(last)}; "
                + $"the run ends at step {run} with {Words.Short(schedule.At(run))}.");
        }
    }

    // The last step of a staircase is meant to last: it is as flat before its last change as behind it, and not at 0.
    private static bool EndsOnPurpose(ISchedule schedule, long end, double last) =>
        last > 0 && (end < 2 || (schedule.At(end - 1).Equals(schedule.At(end - 2)) && !schedule.At(end - 1).Equals(last)));
}
