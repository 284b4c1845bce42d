namespace OptCore;

/// <summary>Glob patterns over whole tensor names: <c>*</c> stands for any characters, <c>?</c> for exactly one.</summary>
public static class NamePattern
{
    /// <summary>Whether a name matches a pattern. Case matters; every other character stands for itself.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="name">The whole name.</param>
    /// <returns>True when the pattern covers the whole name.</returns>
    public static bool Matches(string pattern, string name)
    {
        int p = 0, n = 0, star = -1, resume = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                resume = n;
            }
            else if (p < pattern.Length && (pattern[p] == '?' || pattern[p] == name[n]))
            {
                p++;
                n++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                n = ++resume;
            }
            else
            {
                return false;
            }
        }

        return pattern.AsSpan(p).TrimStart('*').IsEmpty;
    }

    /// <summary>Whether every name matches: the pattern is made of <c>*</c> alone.</summary>
    internal static bool IsEverything(string pattern) => pattern.Length > 0 && pattern.All(character => character == '*');

    /// <summary>Accepts a pattern that can match something: not empty.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="name">The parameter's name.</param>
    /// <returns>The pattern.</returns>
    /// <exception cref="ArgumentException">The pattern is null or empty.</exception>
    public static string Require(string pattern, string name = "pattern") =>
        string.IsNullOrEmpty(pattern)
            ? throw new ArgumentException($"{name} is empty; expected a tensor name or a glob pattern such as \"*.bias\".", name)
            : pattern;
}
