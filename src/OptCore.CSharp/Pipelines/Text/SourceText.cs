using System.Runtime.CompilerServices;

namespace OptCore;

/// <summary>The text being read, as far as messages need it.</summary>
internal sealed class SourceText(string text)
{
    // A message is read, so it shows of a long line what stands around the place, and of a long word the beginning.
    private const int Around = 60;
    private const int Longest = 60;

    public string Text { get; } = text;

    /// <summary>The line and the column of an index, both from 1.</summary>
    public (int Line, int Column) Place(int position)
    {
        var before = Text.AsSpan(0, position);
        return (before.Count('\n') + 1, position - before.LastIndexOf('\n'));
    }

    /// <summary>Refuses text that nests deeper than the stack allows, instead of ending the process.</summary>
    public void EnsureStack(int position)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw Error(position, "brackets nested too deeply", "fewer brackets");
        }
    }

    public OptimizerParseException Error(int position, string found, string expected, string? suggestion = null) =>
        new(this, position, $"found {found}; expected {expected}.", found, expected, suggestion, null);

    /// <summary>A record's own refusal, at the place of the value; the framework's addition to the message is cut off.</summary>
    public OptimizerParseException Refused(int position, string found, ArgumentException inner)
    {
        var message = inner.Message;
        var addition = message.IndexOf(" (Parameter '", StringComparison.Ordinal);
        var problem = addition < 0 ? message : message[..addition];
        return new(this, position, problem, found, problem, null, inner);
    }

    /// <summary>The message of an error: place, problem, suggestion, what stands around it, a caret.</summary>
    public string Message(int position, string problem, string? suggestion)
    {
        var (line, column) = Place(position);
        var start = position - Math.Min(column - 1, Around);
        var end = Text.AsSpan(position).IndexOfAny('\r', '\n') is var rest && rest < 0 ? Text.Length : position + rest;
        var cut = Math.Min(end, position + Around);
        var (before, after) = (start > position - (column - 1) ? "…" : "", cut < end ? "…" : "");
        var indent = string.Concat((before + Text[start..position]).Select(c => c == '\t' ? '\t' : ' '));
        var hint = suggestion is null ? "" : $" Did you mean {suggestion}?";
        return FormattableString.Invariant($"Line {line}, column {column}: {problem}{hint}\n{before}{Text[start..cut]}{after}\n{indent}^");
    }

    /// <summary>What a message shows of a piece of text: its beginning, if it is long.</summary>
    public static string Short(string text) => text.Length <= Longest ? text : text[..(Longest - 1)] + "…";
}
