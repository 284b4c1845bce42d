namespace OptCore;

/// <summary>Finds the stages whose hyper-parameters follow schedules, and says which of them may.</summary>
internal static class ScheduledValues
{
    // A slot starts with it: convention of the records.
    private const string Start = "Initial";

    // Values of which some lie in the range of any property: where the slots of a stage differ with them, one starts with it.
    private static readonly double[] Trials = [0, 0.25, 0.5, 1, 2];

    /// <summary>The stages of an optimizer's own flow, without those of its parts, in the order in which they run.</summary>
    public static IReadOnlyList<ScopedStage> StagesOf(Optimizer optimizer) =>
        optimizer.FlowStages is null ? optimizer.Stages : StagesBehindFlow(optimizer, optimizer.FlowStages);

    /// <summary>For every stage its values that follow schedules, in the order of their declaration.</summary>
    public static ScheduledValue[][] ByStage(Optimizer optimizer, IReadOnlyList<ScopedStage> stages)
    {
        var values = optimizer.ScheduledValues.ToLookup(value => IndexOf(stages, value));
        return [.. Enumerable.Range(0, stages.Count).Select(i => values[i].ToArray())];
    }

    private static ScopedStage[] StagesBehindFlow(Optimizer optimizer, IReadOnlyList<IStage> flow) =>
        [.. flow.Select(stage => new ScopedStage(stage, Scope.Everywhere)), .. optimizer.Stages];

    /// <summary>The place of the stage that a value belongs to.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static int IndexOf(IReadOnlyList<ScopedStage> stages, ScheduledValue value)
    {
        var inside = Enumerable.Range(0, stages.Count).Where(i => stages[i].Scope.IsInside(value.Scope)).ToArray();
        var same = Array.FindAll(inside, i => WordCatalog.Of(stages[i].Stage.GetType()).Record == value.Record);
        return value.Number <= same.Length
            ? same[value.Number - 1]
            : throw Missing(value, [.. inside.Select(i => stages[i].Stage)], same.Length);
    }

    /// <summary>Checks a value against the stages of an optimizer and all its values.</summary>
    /// <exception cref="ArgumentException">It names nothing that may follow a schedule, or what follows one already.</exception>
    public static void Check(Optimizer optimizer, IEnumerable<ScheduledValue> values, ScheduledValue value)
    {
        var stages = StagesOf(optimizer);
        var index = IndexOf(stages, value);
        var stage = stages[index].Stage;
        var property = PropertyOf(stage, value);
        var same = values.Where(other => other.Record == value.Record && other.Property == value.Property);
        if (same.Count(other => IndexOf(stages, other) == index) > 1)
        {
            throw new ArgumentException($"{value.Name} follows two schedules; it may follow one.");
        }

        if (Refusal(stage, property, value, 0) is { } outside)
        {
            throw outside;
        }
    }

    /// <summary>The property of a stage that a value sets.</summary>
    /// <exception cref="ArgumentException">There is none, or it may not follow a schedule, or the schedule's first value is
    /// outside its range.</exception>
    public static WordArgument PropertyOf(IStage stage, ScheduledValue value)
    {
        var entry = WordCatalog.Of(stage.GetType());
        var all = entry.Positional.Concat(entry.Options).ToArray();
        var numbers = all.Where(argument => Refusal(stage, argument) is null).Select(argument => argument.Name).ToArray();
        var expected = numbers.Length == 0 ? "none of its properties may follow a schedule" : $"expected {string.Join(", ", numbers)}";
        if (Array.Find(all, argument => argument.Name == value.Property) is not { } property)
        {
            var near = Spelling.Nearest(value.Property, numbers, all.Select(argument => argument.Name));
            throw new ArgumentException(
                $"{value.Record} has no property {value.Property}; {expected}{(near is null ? "" : $". Did you mean {near}?")}");
        }

        return Refusal(stage, property) is { } reason
            ? throw new ArgumentException($"{value.Name} cannot follow a schedule: {reason}; {expected}.")
            : property;
    }

    /// <summary>Why the value of update t is outside the property's range; null if it is inside.</summary>
    public static ArgumentException? Refusal(Optimizer optimizer, ScheduledValue value, long step)
    {
        var stages = StagesOf(optimizer);
        var stage = stages[IndexOf(stages, value)].Stage;
        return Refusal(stage, PropertyOf(stage, value), value, step);
    }

    private static ArgumentException? Refusal(IStage stage, WordArgument property, ScheduledValue value, long step)
    {
        try
        {
            WordCatalog.Of(stage.GetType()).Set(Copies.Of(stage), property, value.Schedule.At(step));
            return null;
        }
        catch (ArgumentException refusal)
        {
            return OutOfRange(value, step, refusal);
        }
    }

    /// <summary>The exception of a value outside its range.</summary>
    public static ArgumentException OutOfRange(ScheduledValue value, long step, ArgumentException refusal) =>
        new(
            FormattableString.Invariant(
                $"{value.Name} is {value.Schedule.At(step)} at t = {step}, by {Words.Print(value.Schedule)}: {refusal.Message}"),
            refusal);

    // Why a property may not follow a schedule, or null.
    private static string? Refusal(IStage stage, WordArgument argument) =>
        argument.Kind is ValueKind.Int or ValueKind.Long ? "it is a count or a seed"
        : argument.Kind == ValueKind.Bool ? "it is true or false"
        : argument.Kind != ValueKind.Float ? "it is no number"
        : argument.Property?.SetMethod is not { IsPublic: true } ? "it cannot be set (an F# record needs [<CLIMutable>])"
        : argument.Name.StartsWith(Start, StringComparison.Ordinal) || ShapesSlots(stage, argument) ? "a slot starts with it"
        : null;

    private static bool ShapesSlots(IStage stage, WordArgument argument)
    {
        var entry = WordCatalog.Of(stage.GetType());
        foreach (var trial in Trials)
        {
            var other = Copies.Of(stage);
            try
            {
                entry.Set(other, argument, trial);
            }
            catch (ArgumentException)
            {
                continue;
            }

            // Functions of the tensor's shape are made anew whenever they are asked for.
            if (!other.Slots.Select(Told).SequenceEqual(stage.Slots.Select(Told)))
            {
                return true;
            }
        }

        return false;

        static (string, SlotKind, double, SlotStart) Told(SlotSpec slot) => (slot.Name, slot.Kind, slot.Initial, slot.Start);
    }

    private static ArgumentException Missing(ScheduledValue value, IStage[] inside, int same)
    {
        var place = value.Scope.IsEverywhere ? "" : $" in {value.Scope}";
        if (same > 0)
        {
            return new ArgumentException(
                FormattableString.Invariant($"\"{value.Name}\" names {value.Record} number {value.Number}; there are {same}{place}."));
        }

        var records = inside.Select(stage => WordCatalog.Of(stage.GetType()).Record).Distinct().ToArray();
        var found = records.Length == 0 ? "there is no stage" : $"the stages are: {string.Join(", ", records)}";
        var near = Spelling.Nearest(value.Record, records);
        return new ArgumentException(
            $"\"{value.Name}\" names a stage that is not there{place}; {found}"
            + (near is null ? "." : $". Did you mean {near}.{value.Property}?"));
    }
}
