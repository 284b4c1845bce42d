using System.Reflection;
using System.Xml.Linq;

namespace OptCore;

/// <summary>What a word means, composed of its record and of the record's documentation comment.</summary>
internal static class WordHelp
{
    /// <summary>The help of a word, of a function of <c>Schedule</c>, or of a record.</summary>
    public static string? Of(string name)
    {
        var words = WordCatalog.Current;
        if (Entry(words, name) is { } entry)
        {
            return OfEntry(entry);
        }

        return Vocabulary.Method(name) is { } method ? OfMember(method, name) : null;
    }

    /// <summary>The help of a member, which is a word where it has that name.</summary>
    public static string OfMember(MemberInfo member, string name)
    {
        var parameters = ((member as MethodBase)?.GetParameters() ?? []).Select(parameter => parameter.Name ?? string.Empty).ToArray();
        var comment = member switch
        {
            Type type => Comments.OfType(type),
            PropertyInfo property => Comments.OfProperty(property.DeclaringType!, property.Name),
            _ => Comments.OfMethod(member.DeclaringType!, member.Name, parameters),
        };

        // F# writes a comment without tags as text of the member itself.
        var summary = comment?.Element("summary") ?? (comment is { HasElements: false } ? comment : null);
        var lines = new List<string> { string.Join(' ', parameters.Prepend(name)) };
        Section(lines, string.Empty, Comments.Lines(summary));
        var arguments = parameters.Select(parameter => (parameter, Comments.Text(Comments.Parameter(comment, parameter)))).ToArray();
        Section(lines, "arguments", arguments.All(argument => argument.Item2.Length == 0) ? [] : Table(arguments));
        Section(lines, "properties", Table(Properties(member as Type)));
        Rest(lines, comment);
        return string.Join('\n', lines);
    }

    // What a type's comments say of its own properties: options that can be set, what a result has.
    private static IEnumerable<(string Name, string Text)> Properties(Type? type) =>
        type is null
            ? []
            : Comments.OfProperties(type).Select(property => (property.Name, Comments.Text(property.Comment.Element("summary"))));

    private static WordEntry? Entry(WordCatalog words, string name)
    {
        var schedule = name.StartsWith(Vocabulary.Qualifier, StringComparison.Ordinal);
        var word = schedule ? name[Vocabulary.Qualifier.Length..] : name;
        var entry = words.Word(word) ?? Vocabulary.WithOptions(words, word);
        return entry is not null && (!schedule || entry.IsSchedule) ? entry : words.Record(name) ?? words.Condition(name);
    }

    private static string OfEntry(WordEntry entry)
    {
        var comment = Comments.OfType(entry.Type);
        var specimen = Specimen(entry);
        var summary = comment?.Element("summary");
        var lines = Usage(entry, specimen).ToList();
        Section(lines, string.Empty, Comments.Lines(summary));
        if (summary?.Element("code") is null && Equation(specimen) is { Length: > 0 } equation)
        {
            Section(lines, "equation", ["    " + equation]);
        }

        Section(lines, "arguments", Table(entry.Positional.Select(argument => (Lower(argument.Name), ArgumentText(entry, argument)))));
        Section(
            lines,
            $"options of {entry.Record}",
            Table(entry.Options.Select(option => (Option(specimen, option), PropertyText(entry, option)))));
        Rest(lines, comment);
        return string.Join('\n', lines);
    }

    // The ways to write it: the word, the word with options, the function of Schedule.
    private static IEnumerable<string> Usage(WordEntry entry, object? specimen)
    {
        var rate = entry.Head ? " rate" : string.Empty;
        var arguments = entry.Usage(entry.Combinator ? 1 : 0) is { Length: > 0 } usage ? " " + usage : string.Empty;
        if (entry.IsCondition)
        {
            yield return $"onlyWhen ({entry.Record}{arguments}) (words)";
            yield break;
        }

        if (!entry.Combinator)
        {
            yield return entry.Word + arguments + rate;
        }

        if (entry.IsSchedule)
        {
            yield return (entry.Combinator ? "s |> " : string.Empty) + Vocabulary.Qualifier + entry.Word + arguments;
        }

        if (entry.Options.Count > 0 && !entry.Combinator)
        {
            var values = entry.Positional.Select(argument => Lower(argument.Name))
                .Concat(entry.Options.Select(option => Option(specimen, option)));
            var record = $"({entry.Record}({string.Join(", ", values)})){rate}";
            // A name and its value stay on one line: the space beside the sign of equality is none where lines end.
            var kept = record.Replace(" = ", "\u0001=\u0001", StringComparison.Ordinal);
            foreach (var line in Comments.Wrapped(kept, $"{entry.Word}{Vocabulary.OptionsSuffix} ", "    "))
            {
                yield return line.Replace('\u0001', ' ');
            }
        }
    }

    private static string Option(object? specimen, WordArgument option) =>
        specimen is null ? option.Name : $"{option.Name} = {Literal(option.Property?.GetValue(specimen))}";

    private static string Literal(object? value) => value switch
    {
        null => "null",
        bool truth => truth ? "true" : "false",
        double number => Words.Print(number),
        ISchedule schedule => Words.Print(schedule),
        IStage stage => Words.Print(stage),
        System.Collections.IEnumerable list and not string => $"[{string.Join("; ", list.Cast<object?>().Select(Literal))}]",
        _ => FormattableString.Invariant($"{value}"),
    };

    private static string ArgumentText(WordEntry entry, WordArgument argument)
    {
        string[] names = [.. entry.Positional.Select(positional => positional.Name)];
        var own = Comments.Parameter(Comments.OfType(entry.Type), argument.Name)
            ?? Comments.Parameter(Comments.OfMethod(entry.Type, "#ctor", names), argument.Name);
        return own is null ? PropertyText(entry, argument) : Comments.Text(own);
    }

    private static string PropertyText(WordEntry entry, WordArgument argument) =>
        Comments.Text(Comments.OfProperty(entry.Type, argument.Name)?.Element("summary"));

    private static string? Equation(object? specimen) => specimen switch
    {
        IStage stage => stage.Equation,
        ISchedule schedule => schedule.Equation,
        ICondition condition => condition.Equation,
        _ => null,
    };

    /// <summary>A record with some arguments, for its equation and defaults; null where it takes none of these.</summary>
    // Falling numbers or, of bounds, rising ones.
    private static object? Specimen(WordEntry entry) =>
        Specimen(entry, place => place) ?? Specimen(entry, place => entry.Positional.Count - 1 - place);

    private static object? Specimen(WordEntry entry, Func<int, int> placeOf)
    {
        try
        {
            return entry.Create(
                [
                    .. entry.Positional.Select(
                        (argument, i) => argument.Optional ? argument.Default : Value(argument.Kind, placeOf(i))),
                ]);
        }
        catch (Exception refused) when (refused is ArgumentException or InvalidCastException or NotSupportedException)
        {
            return null;
        }
    }

    private static object? Value(ValueKind kind, int place) => kind switch
    {
        ValueKind.Float => 0.5 / (1 << place),
        ValueKind.Int => 10 * (place + 1),
        ValueKind.Long => 10L * (place + 1),
        ValueKind.Bool => false,
        ValueKind.Text => "*",
        ValueKind.Ints => new[] { 10, 20 },
        ValueKind.Floats => new[] { 1.0, 0.5 },
        ValueKind.Schedule => new Cosine(90),
        _ => null,
    };

    private static void Rest(List<string> lines, XElement? comment)
    {
        Section(lines, "remarks", Comments.Lines(comment?.Element("remarks"), "    "));
        Section(lines, "example", Comments.Examples(comment).Select(line => "    " + line));
    }

    private static void Section(List<string> lines, string title, IEnumerable<string> content)
    {
        var rows = content.ToArray();
        if (rows.Length > 0)
        {
            lines.Add(string.Empty);
            if (title.Length > 0)
            {
                lines.Add(title);
            }

            lines.AddRange(rows);
        }
    }

    private static IEnumerable<string> Table(IEnumerable<(string Name, string Text)> rows)
    {
        var all = rows.ToArray();
        var width = all.Length == 0 ? 0 : all.Max(row => row.Name.Length) + 2;
        var indent = new string(' ', 4 + width);
        return all.SelectMany(row => row.Text.Length == 0
            ? ["    " + row.Name]
            : Comments.Wrapped(row.Text, "    " + row.Name.PadRight(width), indent));
    }

    private static string Lower(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}
