namespace OptCore;

/// <summary>The nearest known name to a misspelt one.</summary>
internal static class Spelling
{
    /// <summary>
    /// The nearest name of the first list that has one near enough: at most half the letters wrong. A known name that is
    /// shorter by more than that is not compared, so that a huge name costs nothing.
    /// </summary>
    public static string? Nearest(string name, params ReadOnlySpan<IEnumerable<string>> lists)
    {
        foreach (var list in lists)
        {
            var best = list
                .Where(known => Math.Abs(known.Length - name.Length) <= Allowed(name, known))
                .Select(known => (Known: known, Distance: Distance(name.ToLowerInvariant(), known.ToLowerInvariant())))
                .Where(pair => pair.Distance <= Allowed(name, pair.Known))
                .OrderBy(pair => pair.Distance)
                .ThenBy(pair => pair.Known, StringComparer.Ordinal)
                .FirstOrDefault();
            if (best.Known is not null)
            {
                return best.Known;
            }
        }

        return null;
    }

    private static int Allowed(string name, string known) => Math.Max(1, Math.Min(name.Length, known.Length) / 2);

    /// <summary>
    /// Damerau and Levenshtein: the least number of letters inserted, removed, replaced, or exchanged with a neighbour
    /// (each letter in at most one edit).
    /// </summary>
    public static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                rows[i, j] = i == 0 || j == 0 ? i + j : Cell(i, j);
            }
        }

        return rows[a.Length, b.Length];

        int Cell(int i, int j)
        {
            var replaced = rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            var best = Math.Min(replaced, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
            var exchanged = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            return exchanged ? Math.Min(best, rows[i - 2, j - 2] + 1) : best;
        }
    }
}
