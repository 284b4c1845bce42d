using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace OptCore;

/// <summary>
/// The types of stages, schedules and conditions that text may name. The library's own are found at the first use, stages and schedules by
/// their <see cref="WordAttribute"/>; others are registered. Immutable: a registration makes the next catalog.
/// </summary>
internal sealed class WordCatalog
{
    private static readonly Lock Changes = new();
    private static readonly ConcurrentDictionary<Type, WordEntry> Seen = new();
    private static WordCatalog? _current;

    private readonly ImmutableDictionary<string, WordEntry> _words;
    private readonly ImmutableDictionary<string, WordEntry> _records;
    private readonly ImmutableDictionary<string, WordEntry> _conditions;

    private WordCatalog(
        ImmutableDictionary<string, WordEntry> words,
        ImmutableDictionary<string, WordEntry> records,
        ImmutableDictionary<string, WordEntry> conditions)
    {
        _words = words;
        _records = records;
        _conditions = conditions;
    }

    public static WordCatalog Current
    {
        get
        {
            if (Volatile.Read(ref _current) is { } current)
            {
                return current;
            }

            lock (Changes)
            {
                return _current ??= BuiltIn();
            }
        }
    }

    public IEnumerable<WordEntry> Entries => _words.Values;

    public IEnumerable<string> RecordNames => _records.Keys;

    public IEnumerable<string> ConditionNames => _conditions.Keys;

    /// <summary>The row of a type, registered or not: all that printing needs.</summary>
    public static WordEntry Of(Type type) => Seen.GetOrAdd(type, static key => new WordEntry(key));

    /// <summary>Adds a type, or replaces the registered one of the same record name, as a script run again does.</summary>
    public static void Register(Type type, string? word)
    {
        if (!typeof(IStage).IsAssignableFrom(type) && !typeof(ISchedule).IsAssignableFrom(type) && !IsCondition(type))
        {
            throw new ArgumentException(
                $"{type.Name} is neither a stage nor a schedule nor a condition; expected a type that implements IStage, ISchedule or "
                + "ICondition.",
                nameof(type));
        }

        if (type.Assembly == typeof(IStage).Assembly && word is not null && word != Of(type).Word)
        {
            throw new ArgumentException(
                $"{type.Name} is a type of the library, whose word is {Of(type).Word}; \"{word}\" would rename it everywhere.",
                nameof(word));
        }

        var entry = new WordEntry(type, word);
        if (entry.Unreadable() is { } reason)
        {
            throw new ArgumentException(
                $"{type.Name} cannot be written as text: {reason}. Text knows double, int, long, bool, string, lists of int or double, "
                + "ISchedule and IStage.",
                nameof(type));
        }

        lock (Changes)
        {
            _current = (_current ?? BuiltIn()).With(entry);
        }
    }

    public WordEntry? Word(string name) => _words.GetValueOrDefault(name);

    public WordEntry? Record(string name) => _records.GetValueOrDefault(name);

    public WordEntry? Condition(string name) => _conditions.GetValueOrDefault(name);

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "The records of this assembly are kept.")]
    private static WordCatalog BuiltIn()
    {
        var none = ImmutableDictionary.Create<string, WordEntry>(StringComparer.Ordinal);
        var catalog = new WordCatalog(none, none, none);
        foreach (var type in typeof(IStage).Assembly.GetTypes().Where(
            type => !type.IsAbstract && (type.GetCustomAttribute<WordAttribute>() is not null || IsCondition(type))))
        {
            catalog = catalog.With(Of(type));
        }

        return catalog;
    }

    private static bool IsCondition(Type type) => typeof(ICondition).IsAssignableFrom(type);

    private WordCatalog With(WordEntry entry)
    {
        if (entry.IsCondition)
        {
            if (_conditions.TryGetValue(entry.Record, out var known))
            {
                Refuse(known, entry.Record, entry);
            }

            return new(_words, _records, _conditions.SetItem(entry.Record, entry));
        }

        var words = _words;
        if (_records.TryGetValue(entry.Record, out var old))
        {
            Refuse(old, entry.Record, entry);
            words = words.Remove(old.Word);
        }

        if (words.TryGetValue(entry.Word, out var taken))
        {
            throw new ArgumentException($"The word {entry.Word} of {entry.Record} is taken by {taken.Record}; give another word.");
        }

        return Vocabulary.Reserved.Contains(entry.Word)
            ? throw new ArgumentException($"The word {entry.Word} of {entry.Record} is taken by the language; give another word.")
            : new(words.Add(entry.Word, entry), _records.SetItem(entry.Record, entry), _conditions);
    }

    private static void Refuse(WordEntry old, string record, WordEntry entry)
    {
        if (old.BuiltIn && old.Type != entry.Type)
        {
            throw new ArgumentException($"The name {record} is taken by a record of the library; rename {entry.Type.FullName}.");
        }
    }
}
