using System.Runtime.CompilerServices;

namespace OptCore;

/// <summary>The text being read, as far as messages need it.</summary>
internal sealed class SourceText(string text)
{
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

    /// <summary>The message of an error: place, problem, suggestion, the line, a caret.</summary>
    public string Message(int position, string problem, string? suggestion)
    {
        var (line, column) = Place(position);
        var start = position - (column - 1);
        var end = Text.AsSpan(start).IndexOfAny('\r', '\n');
        var whole = end < 0 ? Text[start..] : Text.Substring(start, end);
        var indent = string.Concat(Text[start..position].Select(c => c == '\t' ? '\t' : ' '));
        var hint = suggestion is null ? "" : $" Did you mean {suggestion}?";
        return FormattableString.Invariant($"Line {line}, column {column}: {problem}{hint}\n{whole}\n{indent}^");
    }
}
