namespace OptCore;

/// <summary>
/// Something that the other side has not: an argument of a peer's constructor without a counterpart here, or a stage without one there.
/// The message says which, with its value and its place.
/// </summary>
public sealed class DialectException : FormatException
{
    internal DialectException(Peer peer, string message, string? call, string? name, string? value, int position, Exception? inner)
        : base(message, inner) => (Peer, Call, Name, Value, Position) = (peer, call, name, value, position);

    /// <summary>The peer.</summary>
    public Peer Peer { get; }

    /// <summary>The peer's function; null where an optimizer of this library has none there.</summary>
    public string? Call { get; }

    /// <summary>The argument, or the stage or word of this library, that cannot be expressed; null where it is the call itself.</summary>
    public string? Name { get; }

    /// <summary>The value that cannot be expressed, as it stands there; null where the thing itself cannot.</summary>
    public string? Value { get; }

    /// <summary>The index in the peer's text, from 0; −1 where an optimizer of this library is what cannot be expressed.</summary>
    public int Position { get; }
}
