namespace OptCore;

/// <summary>The word of a stage or a schedule, or the name of its type where it has none.</summary>
internal static class StageNames
{
    // Reading an attribute costs more than the rest of a plan of known stages.
    private static readonly Dictionary<Type, string> Known = [];
    private static readonly Lock Changes = new();

    public static string Of(object value)
    {
        var type = value.GetType();
        lock (Changes)
        {
            if (!Known.TryGetValue(type, out var name))
            {
                name = Word(type) ?? char.ToLowerInvariant(type.Name[0]) + type.Name[1..];
                Known.Add(type, name);
            }

            return name;
        }
    }

    // Read as data: to build the attribute, reflection would compile a setter for its named arguments (3 ms).
    private static string? Word(Type type)
    {
        foreach (var attribute in type.GetCustomAttributesData())
        {
            if (attribute.AttributeType == typeof(WordAttribute))
            {
                return (string?)attribute.ConstructorArguments[0].Value;
            }
        }

        return null;
    }
}
