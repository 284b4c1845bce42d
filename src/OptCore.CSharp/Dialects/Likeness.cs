namespace OptCore;

/// <summary>
/// Whether two optimizers are the same but for a rounding of their numbers, as translations divide and multiply by the rate.
/// </summary>
internal static class Likeness
{
    // Two roundings each way.
    private const double Rounding = 4 * 2.220446049250313e-16;

    public static bool Same(Optimizer a, Optimizer b) =>
        Same(a.Rate, b.Rate)
        && All(a.Stages.Select(placed => placed.Stage), b.Stages.Select(placed => placed.Stage))
        && All(a.FlowStages ?? [], b.FlowStages ?? [])
        && All(a.Schedules.Select(placed => placed.Schedule), b.Schedules.Select(placed => placed.Schedule));

    public static bool Same(object a, object b)
    {
        if (a.GetType() != b.GetType())
        {
            return false;
        }

        if (a is double left && b is double right)
        {
            return left.Equals(right) || Math.Abs(left - right) <= Rounding * Math.Max(Math.Abs(left), Math.Abs(right));
        }

        if (a is not (IStage or ISchedule))
        {
            return WordArgument.Same(a, b);
        }

        var entry = WordCatalog.Of(a.GetType());
        return entry.Positional.Concat(entry.Options)
            .All(argument => Same(argument.Property!.GetValue(a)!, argument.Property.GetValue(b)!));
    }

    private static bool All<T>(IEnumerable<T> a, IEnumerable<T> b)
        where T : notnull
    {
        var (left, right) = (a.ToList(), b.ToList());
        return left.Count == right.Count && left.Zip(right).All(pair => Same(pair.First, pair.Second));
    }
}
