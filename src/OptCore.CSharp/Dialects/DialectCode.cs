namespace OptCore;

/// <summary>The code that builds an optimizer in a peer.</summary>
/// <param name="Text">The code, without imports.</param>
/// <param name="Notes">In what the peer does something else; empty where it does the same.</param>
public sealed record DialectCode(string Text, IReadOnlyList<DialectNote> Notes)
{
    /// <summary>The code, with the notes as comments before it.</summary>
    /// <returns>One line or several, which <see cref="Dialect.Read"/> reads back.</returns>
    public override string ToString() => string.Join('\n', Notes.Select(note => $"# {note}").Append(Text));
}
