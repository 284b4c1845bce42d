namespace OptCore;

/// <summary>What a peer's text means here.</summary>
/// <param name="Optimizer">The optimizer.</param>
/// <param name="Notes">In what the peer does something else; empty where it does the same.</param>
public sealed record DialectReading(Optimizer Optimizer, IReadOnlyList<DialectNote> Notes)
{
    /// <summary>The optimizer, and the notes as comments behind it.</summary>
    /// <returns>One line or several.</returns>
    public override string ToString() => string.Join('\n', Notes.Select(note => $"// {note}").Prepend(Optimizer.ToString()));
}
