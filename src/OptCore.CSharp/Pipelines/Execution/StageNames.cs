using System.Reflection;

namespace OptCore;

/// <summary>The word of a stage or a schedule, or the name of its type where it has none.</summary>
internal static class StageNames
{
    public static string Of(object value)
    {
        var type = value.GetType();
        return type.GetCustomAttribute<WordAttribute>()?.Name ?? char.ToLowerInvariant(type.Name[0]) + type.Name[1..];
    }
}
