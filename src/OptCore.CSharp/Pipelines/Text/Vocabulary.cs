using System.Globalization;
using System.Reflection;

namespace OptCore;

/// <summary>A head that a method of <see cref="Optimizer"/> declares: arguments, then the rate. It prints expanded.</summary>
internal sealed class Composite(string name, MethodInfo method)
{
    public string Name { get; } = name;

    /// <summary>The arguments before the rate.</summary>
    public IReadOnlyList<WordArgument> Arguments { get; } =
        [
            .. method.GetParameters().SkipLast(1).Select(
                parameter => new WordArgument(parameter.Name!, WordArgument.KindOf(parameter.ParameterType), null)),
        ];

    public string Usage => string.Join(' ', Arguments.Select(argument => argument.Name));

    /// <summary>Calls the method; its own refusals pass through unwrapped.</summary>
    public Optimizer Create(IEnumerable<object?> arguments, double rate) =>
        (Optimizer)method.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [.. arguments, rate], CultureInfo.InvariantCulture)!;
}

/// <summary>The words that are no record, and the lists of names that messages suggest from.</summary>
internal static class Vocabulary
{
    public const string Qualifier = "Schedule.";
    public const string OptionsSuffix = "With";

    // The methods of Optimizer that declare a word: static ones are heads, the others act on a whole optimizer.
    private static readonly (string Word, MethodInfo Method)[] Declared =
    [
        .. typeof(Optimizer).GetMethods()
            .Select(method => (method.GetCustomAttribute<WordAttribute>()?.Name!, method))
            .Where(declared => declared.Item1 is not null)
            .OrderBy(declared => declared.Item1, StringComparer.Ordinal),
    ];

    /// <summary>The declared heads whose arguments are plain values; <c>flow</c> and <c>partition</c> have a syntax of their own.</summary>
    public static readonly IReadOnlyList<Composite> Composites =
    [
        .. Declared
            .Where(declared => declared.Method.IsStatic && declared.Method.GetParameters()[^1].ParameterType == typeof(double))
            .Select(declared => new Composite(declared.Word, declared.Method))
            .Where(composite => composite.Arguments.All(argument => argument.Kind is ValueKind.Float or ValueKind.Int)),
    ];

    private static readonly string[] HeadWords =
        [.. Declared.Where(declared => declared.Method.IsStatic).Select(declared => declared.Word)];
    private static readonly string[] PipelineWords =
        [.. Declared.Where(declared => !declared.Method.IsStatic).Select(declared => declared.Word)];

    public static readonly IReadOnlySet<string> Reserved = new HashSet<string>([.. HeadWords, .. PipelineWords], StringComparer.Ordinal);

    /// <summary>The method of <see cref="Optimizer"/> that declares a word, or null.</summary>
    public static MethodInfo? Method(string word) => Array.Find(Declared, declared => declared.Word == word).Method;

    public static IEnumerable<string> Heads(WordCatalog words) => HeadWords.Concat(Named(words, entry => entry.Head));

    public static IEnumerable<string> Steps(WordCatalog words) =>
        PipelineWords.Concat(Named(words, entry => !entry.Head && !entry.Combinator));

    public static IEnumerable<string> Functions(WordCatalog words) =>
        Named(words, entry => entry.IsSchedule).Select(name => Qualifier + name);

    public static IEnumerable<string> Schedules(WordCatalog words) => Functions(words).Concat(Records(words, schedules: true));

    public static IEnumerable<string> Records(WordCatalog words, bool schedules) =>
        words.Entries.Where(entry => entry.IsSchedule == schedules).Select(entry => entry.Record);

    /// <summary>The row behind <c>xWith</c>, if x has options.</summary>
    public static WordEntry? WithOptions(WordCatalog words, string name) =>
        name.EndsWith(OptionsSuffix, StringComparison.Ordinal) && words.Word(name[..^OptionsSuffix.Length]) is { Options.Count: > 0 } entry
            ? entry
            : null;

    private static IEnumerable<string> Named(WordCatalog words, Func<WordEntry, bool> chosen) =>
        words.Entries.Where(chosen).SelectMany<WordEntry, string>(
            entry => entry.Options.Count > 0 ? [entry.Word, entry.Word + OptionsSuffix] : [entry.Word]);
}
