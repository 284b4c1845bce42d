using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;

namespace OptCore;

/// <summary>
/// The words of the language as text knows them: which there are, how a stage or a schedule prints and is read, and how
/// types of one's own join them. All members may be called from several threads.
/// </summary>
/// <remarks>
/// A type of one's own is written as a record of the library is: constructor parameters with a public property of the same
/// name (case aside) are positional, other settable properties are options; numbers, booleans, strings, lists of numbers,
/// schedules and stages are understood. It needs structural equality for the text of an optimizer to read back as an equal
/// value. It prints as <c>stage (MyStage(0.3))</c> or <c>schedule (MySchedule(0.3))</c>, registered or not.
/// </remarks>
public static class Words
{
    private const DynamicallyAccessedMemberTypes Kept =
        DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.PublicProperties;

    /// <summary>
    /// All words that text understands, by kind: <see cref="Heads"/>, <see cref="Steps"/>, <see cref="Schedules"/>,
    /// <see cref="Records"/>. Prints as a table of the kinds.
    /// </summary>
    public static WordList Known => new(("heads", Heads), ("steps", Steps), ("schedules", Schedules), ("records", Records));

    /// <summary>The words that start a pipeline, <c>sgd</c>, <c>adam</c> …; sorted.</summary>
    public static IReadOnlyList<string> Heads => Sorted(Vocabulary.Heads(WordCatalog.Current));

    /// <summary>The words that are added to a pipeline: <c>momentum</c>, <c>only</c>, <c>cosine</c> …; sorted.</summary>
    public static IReadOnlyList<string> Steps => Sorted(Vocabulary.Steps(WordCatalog.Current));

    /// <summary>The functions that make schedules as values: <c>Schedule.cosine</c>, <c>Schedule.andThen</c> …; sorted.</summary>
    public static IReadOnlyList<string> Schedules => Sorted(Vocabulary.Functions(WordCatalog.Current));

    /// <summary>The records of stages and schedules, which hold options: <c>Adam</c>, <c>Cosine</c> …; sorted.</summary>
    public static IReadOnlyList<string> Records => Sorted(WordCatalog.Current.RecordNames);

    /// <summary>The records of conditions, for <c>onlyWhen</c> and <c>zeroUnless</c>: <c>StepsFrom</c> …; sorted.</summary>
    public static IReadOnlyList<string> Conditions => Sorted(WordCatalog.Current.ConditionNames);

    /// <summary>
    /// Lets text read a stage, a schedule or a condition of one's own, under the name of its type and, but for conditions, a word: the
    /// given one, that of its <see cref="WordAttribute"/>, or else the name of its type with a small first letter.
    /// </summary>
    /// <remarks>Registering again does nothing; another type of the same name replaces the first, as when a script runs again.</remarks>
    /// <typeparam name="T">A type that implements <see cref="IStage"/>, <see cref="ISchedule"/> or <see cref="ICondition"/>.</typeparam>
    /// <param name="word">The word, or null.</param>
    /// <exception cref="ArgumentException">The type is none of them, text cannot write its arguments, its name is taken, or it is
    /// a type of the library, which keeps its word.</exception>
    /// <example><code>Words.Register&lt;Shrinkage>()</code></example>
    public static void Register<[DynamicallyAccessedMembers(Kept)] T>(string? word = null) => WordCatalog.Register(typeof(T), word);

    /// <inheritdoc cref="Register{T}(string?)"/>
    /// <param name="type">A type that implements <see cref="IStage"/>, <see cref="ISchedule"/> or <see cref="ICondition"/>.</param>
    /// <param name="word">The word, or null.</param>
    public static void Register([DynamicallyAccessedMembers(Kept)] Type type, string? word = null) =>
        WordCatalog.Register(Require.NotNull(type), word);

    /// <summary>
    /// What a word means: how it is written, its equation, its arguments and options with their ranges and defaults, its sources,
    /// examples. Several lines, read off the record and its documentation comment.
    /// </summary>
    /// <param name="word">A word, <c>adam</c>, a function of <c>Schedule</c>, <c>Schedule.cosine</c>, or a record, <c>Adam</c>,
    /// <c>StepsFrom</c>.</param>
    /// <returns>The text. Where the XML file of the assembly is not beside it, usage, equation and options only.</returns>
    /// <exception cref="ArgumentException">There is no such word; names the nearest.</exception>
    /// <example><code>Console.WriteLine(Words.Help("adam"))</code></example>
    public static string Help(string word)
    {
        var name = Require.NotNull(word).Trim();
        return WordHelp.Of(name) ?? throw new ArgumentException(
            Spelling.Nearest(name, Heads, Steps, Schedules, Records, Conditions) is { } near
                ? $"There is no word {name}; did you mean {near}?"
                : $"There is no word {name}; Words.Known lists all.",
            nameof(word));
    }

    /// <summary>What the documentation comment of a function, a property or a type says: a word that is none of text's, such as F#'s
    /// <c>minimize</c>.</summary>
    /// <param name="member">The member.</param>
    /// <param name="name">The name under which it is called.</param>
    /// <returns>The text, of several lines.</returns>
    public static string Help(MemberInfo member, string name) => WordHelp.OfMember(Require.NotNull(member), Require.NotNull(name));

    /// <summary>A stage as the F# expression that builds it: <c>Momentum(0.9, Dampening = 0.1)</c>.</summary>
    /// <param name="stage">The stage.</param>
    /// <returns>The text.</returns>
    public static string Print(IStage stage) => Printer.Record(Require.NotNull(stage));

    /// <summary>
    /// A schedule as the F# expression that builds it: <c>Schedule.cosine 40</c>, <c>Cosine(40, Floor = 0.1)</c>,
    /// <c>Schedule.warmup 10 |> Schedule.andThen 10 (Schedule.cosine 90)</c>.
    /// </summary>
    /// <param name="schedule">The schedule.</param>
    /// <returns>The text.</returns>
    public static string Print(ISchedule schedule) => Printer.Schedule(Require.NotNull(schedule));

    /// <summary>A condition as the F# expression that builds it: <c>StepsFrom 100</c>, <c>StepsEvery(10, Offset = 9)</c>.</summary>
    /// <param name="condition">The condition.</param>
    /// <returns>The text.</returns>
    public static string Print(ICondition condition) => Printer.Condition(Require.NotNull(condition));

    /// <summary>A number in a message: six digits.</summary>
    internal static string Short(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    /// <summary>
    /// A number as an F# literal: the shortest text that reads back as the same double, always with a point or an exponent;
    /// <c>nan</c>, <c>infinity</c> and <c>-infinity</c>.
    /// </summary>
    /// <param name="value">The number; any.</param>
    /// <returns>The text.</returns>
    /// <example><c>Words.Print(1.0)</c> is <c>1.0</c>, <c>Words.Print(1e-300)</c> is <c>1e-300</c>.</example>
    public static string Print(double value) => Printer.Number(value);

    /// <summary>Reads a stage: <c>Momentum 0.9</c>, <c>Momentum(0.9, Dampening = 0.1)</c>.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The stage.</returns>
    /// <exception cref="OptimizerParseException">The text is no stage.</exception>
    public static IStage ParseStage(string text)
    {
        var source = new SourceText(Require.NotNull(text));
        return new ValueReader(source).Stage(Parser.Parse(source));
    }

    private static string[] Sorted(IEnumerable<string> words) => [.. words.Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Reads a schedule as a value: a record, a function of <c>Schedule</c>, or a pipeline of them.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="OptimizerParseException">The text is no schedule.</exception>
    public static ISchedule ParseSchedule(string text)
    {
        var source = new SourceText(Require.NotNull(text));
        return new ValueReader(source).Schedule(Parser.Parse(source));
    }
}
