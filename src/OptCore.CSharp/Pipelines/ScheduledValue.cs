namespace OptCore;

/// <summary>
/// A hyper-parameter that follows a schedule: in update t the property has the value s(t), in every formula of its stage.
/// </summary>
/// <param name="Record">The name of the stage's record: <c>Momentum</c>.</param>
/// <param name="Number">Which stage of that kind, from 1, among those of the scope, in the order in which they run.</param>
/// <param name="Property">The name of the property: <c>Beta</c>.</param>
/// <param name="Schedule">The schedule whose values it takes.</param>
/// <param name="Scope">The scope in which the word stands: it names a stage of that scope.</param>
public sealed record ScheduledValue(string Record, int Number, string Property, ISchedule Schedule, Scope Scope)
{
    /// <summary>The name as the word takes it: <c>Momentum.Beta</c>, <c>Momentum#2.Beta</c>.</summary>
    public string Name => Number == 1 ? $"{Record}.{Property}" : FormattableString.Invariant($"{Record}#{Number}.{Property}");

    /// <summary>One line: <c>Momentum.Beta = ½(1 + cos(…))</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Name} = {Schedule.Equation}";

    /// <summary>Reads <c>Record.Property</c> or <c>Record#n.Property</c>.</summary>
    /// <exception cref="ArgumentException">The name has another form.</exception>
    internal static ScheduledValue Of(string name, ISchedule schedule)
    {
        var dot = name.LastIndexOf('.');
        var (record, property) = dot < 0 ? (name, "") : (name[..dot], name[(dot + 1)..]);
        var sign = record.IndexOf('#', StringComparison.Ordinal);
        var number = 1;
        if (sign >= 0)
        {
            var digits = record.AsSpan(sign + 1);
            number = digits.ContainsAnyExceptInRange('0', '9') || !int.TryParse(digits, out var parsed) ? 0 : parsed;
            record = record[..sign];
        }

        return record.Length > 0 && property.Length > 0 && number > 0
            ? new ScheduledValue(record, number, property, schedule, Scope.Everywhere)
            : throw new ArgumentException(
                $"\"{name}\" names no hyper-parameter; expected \"Record.Property\" such as \"Momentum.Beta\", or \"Momentum#2.Beta\" for "
                + "the second of a kind.",
                nameof(name));
    }
}
