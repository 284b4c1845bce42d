using System.Collections.Concurrent;
using System.Reflection;

namespace OptCore;

/// <summary>The word of a stage or a schedule, or the name of its type where it has none.</summary>
internal static class StageNames
{
    private static readonly ConcurrentDictionary<Type, string> Known = new();

    public static string Of(object value)
    {
        var type = value.GetType();
        if (!Known.TryGetValue(type, out var name))
        {
            name = type.GetCustomAttribute<WordAttribute>()?.Name ?? char.ToLowerInvariant(type.Name[0]) + type.Name[1..];
            Known.TryAdd(type, name);
        }

        return name;
    }
}
