using System.Globalization;
using System.Text;

namespace OptCore;

/// <summary>Writes optimizers, stages and schedules as the F# expressions that build them, always in the same form.</summary>
internal static class Printer
{
    public static string Print(Optimizer optimizer)
    {
        var stages = optimizer.Stages.ToList();
        var text = new StringBuilder(Head(optimizer, stages));
        var words = Scoped(stages.Select(placed => (placed.Scope, Word(placed.Stage))).ToList())
            .Concat(Scoped(optimizer.Schedules.Select(placed => (placed.Scope, Word(placed.Schedule))).ToList()))
            .Concat(Scoped(optimizer.ScheduledValues.Select(value => (value.Scope, Word(value))).ToList()))
            .Concat(optimizer.RateFactors.Select(factor => $"rateFor {Quoted.Write(factor.Pattern)} {Number(factor.Factor)}"))
            .Concat(optimizer.Frozen.Select(pattern => $"freeze {Quoted.Write(pattern)}"));
        foreach (var word in words)
        {
            text.Append(" |> ").Append(word);
        }

        return text.ToString();
    }

    /// <summary><c>Momentum(0.9, Dampening = 0.1)</c>.</summary>
    public static string Record(object record)
    {
        var entry = WordCatalog.Of(record.GetType());
        var arguments = entry.PositionalOf(record).Select(Value)
            .Concat(entry.ChangedOptions(record).Select(change => $"{change.Option.Name} = {Value(change.Value)}"));
        return $"{entry.Record}({string.Join(", ", arguments)})";
    }

    /// <summary>A schedule as a value: a pipeline of combinators, a function of <c>Schedule</c>, or a record.</summary>
    public static string Schedule(ISchedule schedule) => Schedule(schedule, piped: false);

    private static string Schedule(ISchedule schedule, bool piped)
    {
        var steps = new Stack<string>();
        var entry = WordCatalog.Of(schedule.GetType());
        while (entry is { BuiltIn: true, Combinator: true })
        {
            var arguments = entry.PositionalOf(schedule);
            steps.Push(Call(Vocabulary.Qualifier + entry.Word, arguments.Skip(1)));
            schedule = (ISchedule)arguments[0]!;
            entry = WordCatalog.Of(schedule.GetType());
            piped = true;
        }

        // What F# pipes must have the static type ISchedule; an argument may be any schedule.
        var plain = !entry.ChangedOptions(schedule).Any();
        var first = (entry.BuiltIn, plain, piped) switch
        {
            (true, true, _) => Call(Vocabulary.Qualifier + entry.Word, entry.PositionalOf(schedule)),
            (true, false, true) => $"{Vocabulary.Qualifier}{entry.Word}{Vocabulary.OptionsSuffix} ({Record(schedule)})",
            (false, _, true) => $"({Record(schedule)} :> {nameof(ISchedule)})",
            _ => Record(schedule),
        };
        return string.Join(" |> ", steps.Prepend(first));
    }

    /// <summary>The head; a direction that is printed as the head is taken out of the stages.</summary>
    private static string Head(Optimizer optimizer, List<ScopedStage> stages)
    {
        var rate = Number(optimizer.Rate);
        if (optimizer.FlowStages is { } flow)
        {
            return $"flow [{string.Join("; ", flow.Select(Listed))}] {rate}";
        }

        if (optimizer.Parts.Count > 0)
        {
            return "partition "
                + $"[{string.Join("; ", optimizer.Parts.Select(part => $"{Quoted.Write(part.Pattern)}, {Print(part.Optimizer)}"))}]";
        }

        var first = stages.FindIndex(placed => placed.Stage.Phase == Phase.Direction);
        if (first < 0
            || !stages[first].Scope.IsEverywhere
            || WordCatalog.Of(stages[first].Stage.GetType()) is not { Head: true, BuiltIn: true } entry)
        {
            return $"sgd {rate}";
        }

        var head = Word(entry, stages[first].Stage);
        stages.RemoveAt(first);
        return $"{head} {rate}";
    }

    private static string Word(IStage stage)
    {
        var entry = WordCatalog.Of(stage.GetType());
        return entry is { BuiltIn: true, Head: false } ? Word(entry, stage) : $"stage ({Record(stage)})";
    }

    private static string Word(ISchedule schedule)
    {
        var entry = WordCatalog.Of(schedule.GetType());
        return entry is { BuiltIn: true, Combinator: false } ? Word(entry, schedule) : $"schedule ({Schedule(schedule)})";
    }

    private static string Word(ScheduledValue value) => Call("scheduled", [value.Name, value.Schedule]);

    private static string Word(WordEntry entry, object record) =>
        entry.ChangedOptions(record).Any()
            ? $"{entry.Word}{Vocabulary.OptionsSuffix} ({Record(record)})"
            : Call(entry.Word, entry.PositionalOf(record));

    /// <summary>A scope's word with its pattern.</summary>
    public static string Opening(ScopeRule rule) => $"{(rule.Include ? "only" : "except")} {Quoted.Write(rule.Pattern)}";

    /// <summary>A scope's word with its condition.</summary>
    public static string Opening(ScopeCondition one) => $"{one.Word} ({Listed(one.Condition)})";

    /// <summary>A condition: <c>StepsFrom 100</c> where one number is all it has.</summary>
    public static string Condition(ICondition condition) => Listed(condition);

    /// <summary>Neighbours of one scope share its word; inner scopes nest, conditions around patterns.</summary>
    private static IEnumerable<string> Scoped(List<(Scope Scope, string Word)> items) =>
        Scoped([.. items.Select(item => (Openings(item.Scope), item.Word))], 0);

    private static string[] Openings(Scope scope) => [.. scope.Conditions.Select(Opening), .. scope.Rules.Select(Opening)];

    private static IEnumerable<string> Scoped(List<(string[] Openings, string Word)> items, int depth)
    {
        for (var i = 0; i < items.Count;)
        {
            if (items[i].Openings.Length == depth)
            {
                yield return items[i++].Word;
                continue;
            }

            var opening = items[i].Openings[depth];
            var inside = items.Skip(i).TakeWhile(item => item.Openings.Length > depth && item.Openings[depth] == opening).ToList();
            i += inside.Count;
            yield return $"{opening} ({string.Join(" >> ", Scoped(inside, depth + 1))})";
        }
    }

    /// <summary>A record in the list of <c>flow</c> or of a condition: <c>Momentum 0.9</c> where one number is all it has.</summary>
    private static string Listed(object record)
    {
        var entry = WordCatalog.Of(record.GetType());
        return entry.Positional.Count == 1 && !entry.ChangedOptions(record).Any()
            ? Call(entry.Record, entry.PositionalOf(record))
            : Record(record);
    }

    /// <summary>A name and curried arguments, in parentheses where F# needs them.</summary>
    private static string Call(string name, IEnumerable<object?> arguments) =>
        arguments.Aggregate(name, (text, argument) => $"{text} {Argument(argument)}");

    private static string Argument(object? value)
    {
        var text = Value(value);
        var alone = text[0] != '-' && (text[0] is '"' or '[' || !text.AsSpan().ContainsAny(' ', '(', '\n'));
        return alone ? text : $"({text})";
    }

    private static string Value(object? value) => value switch
    {
        double number => Number(number),
        int whole => whole.ToString(CultureInfo.InvariantCulture),
        long whole => whole.ToString(CultureInfo.InvariantCulture) + (whole is < int.MinValue or > int.MaxValue ? "L" : ""),
        bool flag => flag ? "true" : "false",
        string text => Quoted.Write(text),
        ISchedule schedule => Schedule(schedule),
        IStage stage => Record(stage),
        IEnumerable<double> list => $"[{string.Join("; ", list.Select(Number))}]",
        IEnumerable<int> list => $"[{string.Join("; ", list.Select(item => Value(item)))}]",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } other ? other : "?",
    };

    /// <summary>The shortest text that reads back as the same double, always with a point or an exponent.</summary>
    public static string Number(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan" : value > 0 ? "infinity" : "-infinity";
        }

        var text = value.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');
        return text.AsSpan().ContainsAny('.', 'e') ? text : text + ".0";
    }
}
