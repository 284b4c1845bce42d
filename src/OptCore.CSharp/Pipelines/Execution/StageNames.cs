using System.Reflection;

namespace OptCore;

/// <summary>The word of a stage or a schedule, or the name of its type where it has none.</summary>
internal static class StageNames
{
    // Reading an attribute costs more than the rest of a plan of known stages.
    private static readonly Dictionary<Type, string> Known = [];
    private static readonly Lock Gate = new();

    public static string Of(object value)
    {
        var type = value.GetType();
        lock (Gate)
        {
            if (!Known.TryGetValue(type, out var name))
            {
                name = type.GetCustomAttribute<WordAttribute>()?.Name ?? char.ToLowerInvariant(type.Name[0]) + type.Name[1..];
                Known.Add(type, name);
            }

            return name;
        }
    }
}
