namespace OptCore;

/// <summary>
/// The text of an optimizer, a stage or a schedule could not be read. The message names the line and the column, what was
/// found, what was expected and the nearest known name, and shows the line with a caret under the place.
/// </summary>
/// <remarks>
/// A value that a record refuses is reported at its place with the record's own message; the record's
/// <see cref="ArgumentException"/> is the inner exception.
/// </remarks>
public sealed class OptimizerParseException : FormatException
{
    internal OptimizerParseException(
        SourceText source, int position, string problem, string found, string expected, string? suggestion, Exception? inner)
        : base(source.Message(position, problem, suggestion), inner)
    {
        Position = position;
        (Line, Column) = source.Place(position);
        Found = found;
        Expected = expected;
        Suggestion = suggestion;
    }

    /// <summary>The index in the text of the first character that does not fit, from 0.</summary>
    public int Position { get; }

    /// <summary>The line of that character, from 1.</summary>
    public int Line { get; }

    /// <summary>The column of that character, from 1.</summary>
    public int Column { get; }

    /// <summary>What stands there.</summary>
    public string Found { get; }

    /// <summary>What may stand there, or the range of the value.</summary>
    public string Expected { get; }

    /// <summary>The nearest known name, or null when no name is near.</summary>
    public string? Suggestion { get; }
}
