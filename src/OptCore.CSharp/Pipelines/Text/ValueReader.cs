using System.Globalization;

namespace OptCore;

/// <summary>Turns syntax into stages, schedules and their arguments.</summary>
internal sealed partial class ValueReader(SourceText source)
{
    public WordCatalog Words { get; } = WordCatalog.Current;

    /// <summary>The name that is applied and its arguments.</summary>
    public (NameNode Name, IReadOnlyList<Node> Arguments) Call(Node node, string expected) =>
        node.Bare switch
        {
            NameNode name => (name, []),
            ApplyNode { Function: NameNode name } apply => (name, apply.Arguments),
            var other => throw source.Error(other.Start, other.Shown, expected),
        };

    /// <summary>The number of arguments that a usage such as <c>steps multiplier</c> lists.</summary>
    public static int Arity(string usage) => usage.Length == 0 ? 0 : usage.Count(c => c == ' ') + 1;

    /// <summary>Checks the number of arguments after a word.</summary>
    public void Count(NameNode name, IReadOnlyList<Node> arguments, string usage)
    {
        var expected = Arity(usage);
        if (arguments.Count != expected)
        {
            var surplus = arguments.Count > expected ? arguments[expected].Start : name.Start;
            throw source.Error(surplus, Plural(arguments.Count), $"{Plural(expected)}: {name.Value}{(expected == 0 ? "" : " ")}{usage}");
        }
    }

    /// <summary>Runs what a record or an optimizer may refuse, and reports the refusal at its place.</summary>
    public T Guarded<T>(Node at, Func<T> build)
    {
        try
        {
            return build();
        }
        catch (ArgumentException refusal)
        {
            throw source.Refused(at.Start, at.Shown, refusal);
        }
    }

    public double Float(Node node, string what) =>
        node.Bare is NumberNode number && !number.Written.EndsWith('L')
            ? number.Value
            : throw source.Error(node.Start, node.Shown, $"a number ({what})");

    public string Text(Node node, string what) =>
        node.Bare is TextNode text ? text.Value : throw source.Error(node.Start, node.Shown, $"a string ({what})");

    public IStage Stage(Node node)
    {
        source.EnsureStack(node.Start);
        var (name, arguments) = Call(node, "a stage record such as Momentum(0.9)");
        var entry = Words.Record(name.Value) is { IsSchedule: false } known
            ? known
            : throw UnknownRecord(name, "a stage record such as Momentum(0.9)", schedules: false);
        return (IStage)Record(entry, name, arguments);
    }

    public ICondition Condition(Node node)
    {
        const string Expected = "a condition such as StepsFrom 100 or GradientAtMost 1.0";
        var (name, arguments) = Call(node, Expected);
        return Words.Condition(name.Value) is { } entry
            ? (ICondition)Record(entry, name, arguments)
            : throw source.Error(name.Start, name.Shown, Expected, Spelling.Nearest(name.Value, Words.ConditionNames));
    }

    /// <summary>The record of <c>xWith</c>: it must be x's.</summary>
    public object Options(WordEntry entry, Node node)
    {
        var expected = $"{entry.Record}({string.Join(", ", entry.Positional.Select(p => p.Name).Append("Option = value"))})";
        var (name, arguments) = Call(node, expected);
        return name.Value == entry.Record
            ? Record(entry, name, arguments)
            : throw source.Error(name.Start, name.Shown, expected, Spelling.Nearest(name.Value, [entry.Record]));
    }

    /// <summary>The record of a word from its curried arguments, from which <paramref name="piped"/> may be missing.</summary>
    public object Curried(WordEntry entry, NameNode name, IReadOnlyList<Node> arguments, object? piped = null)
    {
        var skip = piped is null ? 0 : 1;
        Count(name, arguments, entry.Usage(skip));
        var values = arguments.Select((argument, i) => (object?)Value(argument, entry.Positional[i + skip])).ToArray();
        return Build(
            entry.Positional,
            name,
            () => entry.Create(piped is null ? values : [piped, .. values]),
            i => i < skip ? name : arguments[i - skip]);
    }

    /// <summary>The optimizer of a declared head from its arguments and its rate.</summary>
    public Optimizer Composite(Composite composite, NameNode name, IReadOnlyList<Node> arguments, double rate)
    {
        var values = arguments.Select((argument, i) => (object?)Value(argument, composite.Arguments[i])).ToArray();
        return Build(composite.Arguments, name, () => composite.Create(values, rate), i => arguments[i]);
    }

    private static string Plural(int count) =>
        count == 0 ? "no argument" : count == 1 ? "1 argument" : $"{count.ToString(CultureInfo.InvariantCulture)} arguments";

    private object Record(WordEntry entry, NameNode name, IReadOnlyList<Node> arguments)
    {
        if (arguments is not [var only])
        {
            var how = arguments.Count == 0 ? "without arguments" : "with arguments side by side";
            var call = $"{entry.Record}({string.Join(", ", entry.Positional.Select(p => p.Name))})";
            throw source.Error(name.Start, $"{name.Shown} {how}", $"{entry.Record}(…)", call);
        }

        var items = only is GroupNode group ? group.Items : [new GroupItem(only.Start, null, only)];
        var values = new object?[entry.Positional.Count];
        var places = new Node?[values.Length];
        var options = new List<(WordArgument Option, GroupItem Item)>();
        var position = 0;
        foreach (var item in items)
        {
            if (item.Name is { } key && entry.Options.FirstOrDefault(option => option.Name == key) is { } option)
            {
                if (options.Any(given => given.Option == option))
                {
                    throw source.Error(item.Start, $"'{key}' twice", Expected(entry));
                }

                options.Add((option, item));
                continue;
            }

            var index = item.Name is null ? position++ : IndexOf(entry, item);
            if (index >= values.Length || places[index] is not null)
            {
                throw source.Error(item.Start, item.Name is null ? item.Value.Shown : $"'{item.Name}' twice", Expected(entry));
            }

            (values[index], places[index]) = (Value(item.Value, entry.Positional[index]), item.Value);
        }

        for (var i = 0; i < values.Length; i++)
        {
            if (places[i] is null)
            {
                values[i] = entry.Positional[i].Optional
                    ? entry.Positional[i].Default
                    : throw source.Error(name.Start, $"{entry.Record} without {entry.Positional[i].Name}", Expected(entry));
            }
        }

        var record = Build(entry.Positional, name, () => entry.Create(values), i => places[i] ?? name);
        foreach (var (option, item) in options)
        {
            var value = Value(item.Value, option);
            Guarded(item.Value, () =>
            {
                entry.Set(record, option, value);
                return true;
            });
        }

        return record;
    }

    private int IndexOf(WordEntry entry, GroupItem item)
    {
        for (var i = 0; i < entry.Positional.Count; i++)
        {
            if (string.Equals(entry.Positional[i].Name, item.Name, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        var names = entry.Positional.Concat(entry.Options).Select(argument => argument.Name);
        var found = $"the unknown option '{SourceText.Short(item.Name!)}'";
        throw source.Error(item.Start, found, Expected(entry), Spelling.Nearest(item.Name!, names));
    }

    private static string Expected(WordEntry entry)
    {
        var parts = entry.Positional.Select(argument => argument.Name).Concat(entry.Options.Select(option => $"{option.Name} = …"));
        return $"{entry.Record}({string.Join(", ", parts)})";
    }

    /// <summary>Builds a value; a refusal that names a parameter is reported at that argument.</summary>
    private T Build<T>(IReadOnlyList<WordArgument> parameters, NameNode name, Func<T> build, Func<int, Node> place)
    {
        try
        {
            return build();
        }
        catch (ArgumentException refusal)
        {
            var index = parameters.ToList().FindIndex(
                argument => string.Equals(argument.Name, refusal.ParamName, StringComparison.OrdinalIgnoreCase));
            var at = index < 0 ? name : place(index);
            throw source.Refused(at.Start, at.Shown, refusal);
        }
    }

    private object Value(Node node, WordArgument argument)
    {
        switch (argument.Kind, node.Bare)
        {
            case (ValueKind.Float, NumberNode number) when !number.Written.EndsWith('L'):
                return number.Value;
            case (ValueKind.Int, NumberNode { Integer: >= int.MinValue and <= int.MaxValue } number) when !number.Written.EndsWith('L'):
                return (int)number.Integer;
            case (ValueKind.Long, NumberNode { Integer: { } whole }):
                return whole;
            case (ValueKind.Bool, BoolNode flag):
                return flag.Value;
            case (ValueKind.Text, TextNode text):
                return text.Value;
            case (ValueKind.Ints, ListNode list):
                return list.Items.Select(item => (int)Value(item, new WordArgument(argument.Name, ValueKind.Int, null))).ToArray();
            case (ValueKind.Floats, ListNode list):
                return list.Items.Select(item => (double)Value(item, new WordArgument(argument.Name, ValueKind.Float, null))).ToArray();
            case (ValueKind.Schedule, _):
                return Schedule(node);
            case (ValueKind.Stage, _):
                return Stage(node);
            default:
                throw source.Error(node.Start, node.Shown, $"{Kind(argument.Kind)} ({argument.Name})");
        }
    }

    private static string Kind(ValueKind kind) => kind switch
    {
        ValueKind.Float => "a number",
        ValueKind.Int => $"an integer from {Curve.Text(int.MinValue)} to {Curve.Text(int.MaxValue)}",
        ValueKind.Long => "a 64-bit integer",
        ValueKind.Bool => "true or false",
        ValueKind.Text => "a string",
        ValueKind.Ints => "a list of integers such as [4; 11]",
        ValueKind.Floats => "a list of numbers such as [1.0; 0.5]",
        _ => "a value that text can write",
    };

    private OptimizerParseException UnknownRecord(NameNode name, string expected, bool schedules)
    {
        if (schedules && Words.Word(name.Value) is { IsSchedule: true } word)
        {
            return source.Error(
                name.Start, $"the word {name.Shown}, which acts on an optimizer", expected, Vocabulary.Qualifier + word.Word);
        }

        if (Words.Record(name.Value) is not null)
        {
            return source.Error(name.Start, $"the {(schedules ? "stage" : "schedule")} {name.Shown}", expected);
        }

        if (!schedules && Words.Word(name.Value) is { IsSchedule: false } stage)
        {
            return source.Error(name.Start, $"the word {name.Shown}", expected, stage.Record);
        }

        var near = Spelling.Nearest(name.Value, schedules ? Vocabulary.Schedules(Words) : Vocabulary.Records(Words, schedules: false));
        var register = $"Words.Register<{SourceText.Short(name.Value)}>()";
        return char.IsUpper(name.Value[0]) && near is null
            ? source.Error(name.Start, $"the unknown record {name.Shown}", $"{expected}, or a type of your own after {register}")
            : source.Error(name.Start, $"the unknown name {name.Shown}", $"{expected} (a type of your own needs {register} first)", near);
    }
}
