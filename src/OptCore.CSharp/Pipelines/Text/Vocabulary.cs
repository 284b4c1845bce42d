namespace OptCore;

/// <summary>A head that stands for several records, with one argument before the rate; it prints expanded.</summary>
internal sealed record Composite(string Name, string Argument, Func<WordCatalog, double, IEnumerable<IStage>> Stages);

/// <summary>The words that are no record, and the lists of names that messages suggest from.</summary>
internal static class Vocabulary
{
    public const string Qualifier = "Schedule.";
    public const string OptionsSuffix = "With";

    public static readonly IReadOnlyList<Composite> Composites =
    [
        new("adamW", "lambda", (words, lambda) => [words.Stage("adam", []), words.Stage("weightDecay", [lambda])]),
        new("signum", "beta", (words, beta) => [words.Stage("ema", [beta]), words.Stage("signSgd", [])]),
        new("lamb", "lambda", (words, lambda) =>
            [words.Stage("adam", [], ("Epsilon", 1e-6)), words.Stage("weightDecay", [lambda]), words.Stage("trustRatio", [])]),
    ];

    private static readonly string[] HeadWords = ["sgd", "flow", "partition", .. Composites.Select(composite => composite.Name)];
    private static readonly string[] PipelineWords = ["stage", "schedule", "only", "except", "freeze", "rateFor"];

    public static readonly IReadOnlySet<string> Reserved = new HashSet<string>([.. HeadWords, .. PipelineWords], StringComparer.Ordinal);

    public static IEnumerable<string> Heads(WordCatalog words) => HeadWords.Concat(Named(words, entry => entry.Head));

    public static IEnumerable<string> Steps(WordCatalog words) => PipelineWords.Concat(Named(words, entry => !entry.Head && !entry.Combinator));

    public static IEnumerable<string> Functions(WordCatalog words) =>
        Named(words, entry => entry.IsSchedule).Select(name => Qualifier + name);

    public static IEnumerable<string> Schedules(WordCatalog words) => Functions(words).Concat(Records(words, schedules: true));

    public static IEnumerable<string> Records(WordCatalog words, bool schedules) =>
        words.Entries.Where(entry => entry.IsSchedule == schedules).Select(entry => entry.Record);

    /// <summary>The row behind <c>xWith</c>, if x has options.</summary>
    public static WordEntry? WithOptions(WordCatalog words, string name) =>
        name.EndsWith(OptionsSuffix, StringComparison.Ordinal) && words.Word(name[..^OptionsSuffix.Length]) is { Options.Count: > 0 } entry ? entry : null;

    private static IEnumerable<string> Named(WordCatalog words, Func<WordEntry, bool> chosen) =>
        words.Entries.Where(chosen).SelectMany<WordEntry, string>(entry => entry.Options.Count > 0 ? [entry.Word, entry.Word + OptionsSuffix] : [entry.Word]);
}
