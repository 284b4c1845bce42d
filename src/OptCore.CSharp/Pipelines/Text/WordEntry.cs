using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace OptCore;

/// <summary>The kinds of values that stand in text.</summary>
internal enum ValueKind
{
    Unreadable,
    Float,
    Int,
    Long,
    Bool,
    Text,
    Ints,
    Floats,
    Schedule,
    Stage,
}

/// <summary>One argument or option of a record; the property gives its value back, and is null when a parameter has none.</summary>
internal sealed record WordArgument(string Name, ValueKind Kind, PropertyInfo? Property, bool Optional = false, object? Default = null)
{
    public static ValueKind KindOf(Type type) =>
        type == typeof(double) ? ValueKind.Float
        : type == typeof(int) ? ValueKind.Int
        : type == typeof(long) ? ValueKind.Long
        : type == typeof(bool) ? ValueKind.Bool
        : type == typeof(string) ? ValueKind.Text
        : type == typeof(ISchedule) ? ValueKind.Schedule
        : type == typeof(IStage) ? ValueKind.Stage
        : type != typeof(object) && type.IsAssignableFrom(typeof(int[])) ? ValueKind.Ints
        : type != typeof(object) && type.IsAssignableFrom(typeof(double[])) ? ValueKind.Floats
        : ValueKind.Unreadable;

    public static bool Same(object? a, object? b) =>
        (a, b) switch
        {
            (IEnumerable<int> left, IEnumerable<int> right) => left.SequenceEqual(right),
            (IEnumerable<double> left, IEnumerable<double> right) => left.SequenceEqual(right),
            _ => Equals(a, b),
        };
}

/// <summary>
/// The text row of one type of stages, schedules or conditions, read off the type: the constructor's parameters are the positional
/// arguments, the settable properties besides them the options.
/// </summary>
internal sealed class WordEntry
{
    private const BindingFlags Plain = BindingFlags.DoNotWrapExceptions;
    private readonly ConstructorInfo? _constructor;

    public WordEntry(Type type, string? word = null)
    {
        Type = type;
        var attribute = type.GetCustomAttribute<WordAttribute>();
        Word = word ?? attribute?.Name ?? char.ToLowerInvariant(type.Name[0]) + type.Name[1..];
        IsSchedule = typeof(ISchedule).IsAssignableFrom(type);
        IsCondition = typeof(ICondition).IsAssignableFrom(type);
        Head = !IsSchedule && attribute is { Head: true };
        Combinator = IsSchedule && attribute is { Combinator: true };
        BuiltIn = type.Assembly == typeof(IStage).Assembly && (attribute is not null || IsCondition);
        var properties = Properties(type);
        _constructor = Constructor(type, properties);
        Positional = [.. (_constructor?.GetParameters() ?? []).Select(parameter => Argument(parameter, properties))];
        Options =
        [
            .. properties
                .Where(property => property.SetMethod is { IsPublic: true } && Positional.All(argument => argument.Property != property))
                .Select(property => new WordArgument(property.Name, WordArgument.KindOf(property.PropertyType), property)),
        ];
    }

    public Type Type { get; }

    /// <summary>The word; slots are named after it.</summary>
    public string Word { get; }

    public bool IsSchedule { get; }

    public bool IsCondition { get; }

    public bool Head { get; }

    public bool Combinator { get; }

    /// <summary>True for the records of this library, whose words F# has as functions.</summary>
    public bool BuiltIn { get; }

    public IReadOnlyList<WordArgument> Positional { get; }

    public IReadOnlyList<WordArgument> Options { get; }

    /// <summary>The name of the record, as it stands before its arguments.</summary>
    public string Record => Type.Name;

    /// <summary>The positional arguments as words: <c>beta</c>, <c>steps multiplier</c>.</summary>
    public string Usage(int skip = 0) =>
        string.Join(' ', Positional.Skip(skip).Select(argument => char.ToLowerInvariant(argument.Name[0]) + argument.Name[1..]));

    /// <summary>Builds the record; its own refusals pass through unwrapped.</summary>
    public object Create(params object?[] positional) =>
        _constructor is null
            ? EmptyStructure()
            : _constructor.Invoke(Plain, null, positional, CultureInfo.InvariantCulture);

    public void Set(object record, WordArgument option, object value) =>
        option.Property!.SetValue(record, value, Plain, null, null, CultureInfo.InvariantCulture);

    public object?[] PositionalOf(object record) => [.. Positional.Select(argument => Value(record, argument))];

    /// <summary>The options that differ from those of a fresh record with the same positional arguments.</summary>
    public IEnumerable<(WordArgument Option, object? Value)> ChangedOptions(object record)
    {
        if (Options.Count == 0 || Positional.Any(argument => argument.Property is null))
        {
            return [];
        }

        var fresh = Create(PositionalOf(record));
        return Options
            .Select(option => (option, Value(record, option)))
            .Where(pair => !WordArgument.Same(pair.Item2, Value(fresh, pair.option)));
    }

    /// <summary>Why text cannot build the record, or null if it can.</summary>
    public string? Unreadable()
    {
        foreach (var argument in Positional)
        {
            if (argument.Property is null)
            {
                return $"its constructor parameter {argument.Name} has no public property of the same name and type";
            }

            if (argument.Kind == ValueKind.Unreadable)
            {
                return $"its argument {argument.Name} has the type {argument.Property.PropertyType.Name}";
            }
        }

        return Type.IsAbstract || Type.ContainsGenericParameters ? "it is abstract or generic"
            : _constructor is null && !Type.IsValueType ? "it has no public constructor"
            : null;
    }

    private static object? Value(object record, WordArgument argument) =>
        argument.Property?.GetValue(record, Plain, null, null, CultureInfo.InvariantCulture);

    [
        UnconditionalSuppressMessage(
            "Trimming", "IL2070", Justification = "The types come from Words.Register or from this assembly, whose records are kept."),
    ]
    private static PropertyInfo[] Properties(Type type) =>
        [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0)
            .OrderBy(Declared)];

    // Reflection may give what it has looked up before first; ahead of time there are no tokens, and it keeps the order of declaration.
    private static int Declared(PropertyInfo property) => property.HasMetadataToken() ? property.MetadataToken : 0;

    [
        UnconditionalSuppressMessage(
            "Trimming", "IL2070", Justification = "The types come from Words.Register or from this assembly, whose records are kept."),
    ]
    private static ConstructorInfo? Constructor(Type type, PropertyInfo[] properties) =>
        type.GetConstructors()
            .Where(constructor => constructor.GetParameters() is not [var copy] || copy.ParameterType != type)
            .OrderByDescending(
                constructor => constructor.GetParameters().All(parameter => Argument(parameter, properties).Property is not null))
            .ThenByDescending(constructor => constructor.GetParameters().Length)
            .FirstOrDefault();

    private static WordArgument Argument(ParameterInfo parameter, PropertyInfo[] properties)
    {
        var property = Array.Find(
            properties,
            p =>
                string.Equals(p.Name, parameter.Name, StringComparison.OrdinalIgnoreCase)
                    && parameter.ParameterType.IsAssignableFrom(p.PropertyType));
        var name = property?.Name ?? parameter.Name ?? "argument";
        return new(name, WordArgument.KindOf(parameter.ParameterType), property, parameter.HasDefaultValue, parameter.DefaultValue);
    }

    [UnconditionalSuppressMessage("Trimming", "IL2072", Justification = "A structure needs no constructor.")]
    private object EmptyStructure() => RuntimeHelpers.GetUninitializedObject(Type);
}
