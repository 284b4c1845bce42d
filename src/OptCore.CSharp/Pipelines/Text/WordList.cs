using System.Collections;

namespace OptCore;

/// <summary>The words of the language in the order of their kinds; prints as a table of them.</summary>
/// <example><code>Console.WriteLine(Words.Known)</code></example>
public sealed class WordList : IReadOnlyList<string>
{
    private readonly (string Kind, IReadOnlyList<string> Words)[] _kinds;
    private readonly string[] _all;

    internal WordList(params (string Kind, IReadOnlyList<string> Words)[] kinds)
    {
        _kinds = kinds;
        _all = [.. kinds.SelectMany(kind => kind.Words).Distinct()];
    }

    /// <summary>How many there are.</summary>
    public int Count => _all.Length;

    /// <summary>A word.</summary>
    /// <param name="index">Its place, from 0.</param>
    public string this[int index] => _all[index];

    /// <summary>The words, one after the other.</summary>
    /// <returns>The enumerator.</returns>
    public IEnumerator<string> GetEnumerator() => _all.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>A paragraph for each kind. A word that has a form with options, <c>adamWith</c>, is listed without it.</summary>
    /// <returns>The text, of several lines.</returns>
    public override string ToString()
    {
        var width = _kinds.Max(kind => kind.Kind.Length) + 2;
        return string.Join('\n', _kinds.SelectMany(kind => Comments.Wrapped(
            string.Join(", ", kind.Words.Where(word => !IsForm(word, kind.Words))), kind.Kind.PadRight(width), new string(' ', width))));
    }

    private static bool IsForm(string word, IReadOnlyList<string> words) =>
        word.EndsWith(Vocabulary.OptionsSuffix, StringComparison.Ordinal) && words.Contains(word[..^Vocabulary.OptionsSuffix.Length]);
}
