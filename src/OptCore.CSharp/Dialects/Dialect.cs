namespace OptCore;

/// <summary>
/// Optimizers in the words of PyTorch, Optax and Keras: reads their constructors and writes them. What each parameter means stands once,
/// in the tables of this folder, and is used both ways.
/// </summary>
/// <remarks>
/// Where a peer deviates from the paper or from the rule here, the optimizer follows the paper and a <see cref="DialectNote"/> says what
/// the peer does; <c>faithful</c> takes the peer's way where it can be expressed and refuses the text where it cannot. Numbers are
/// those of float64: what a peer computes in lower precision of itself is a note, too.
/// </remarks>
public static class Dialect
{
    /// <summary>Reads a peer's text: one constructor, for PyTorch with clip functions and schedulers before or behind it.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="text">Python code without imports: <c>Adam(lr=0.1, betas=(0.9, 0.99))</c>, <c>optax.chain(…)</c>. Positional
    /// arguments as the peer has them; model parameters and the optimizer that a scheduler belongs to may be left out.</param>
    /// <param name="faithful">Whether what the peer does is wanted where it deviates from the paper.</param>
    /// <returns>The optimizer and what the peer does otherwise.</returns>
    /// <exception cref="DialectException">An argument or a function has no counterpart here; names it, its value and its place.</exception>
    /// <exception cref="OptimizerParseException">The text is no Python expression.</exception>
    /// <example><code>Dialect.Read(Peer.Optax, "optax.adamw(1e-3, b1=0.95)").Optimizer</code></example>
    public static DialectReading Read(Peer peer, string text, bool faithful = false) =>
        new DialectReader(PeerTable.Of(peer), new SourceText(Require.NotNull(text)), faithful).Read();

    /// <summary>Writes an optimizer as a peer's code.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="faithful">Whether code that deviates from the optimizer is refused instead of noted.</param>
    /// <returns>The code and in what it deviates.</returns>
    /// <exception cref="DialectException">A stage, a schedule or a word has no counterpart there; names it.</exception>
    /// <example><code>Dialect.Write(Peer.Torch, Optimizer.Adam(0.1)).Text</code></example>
    public static DialectCode Write(Peer peer, Optimizer optimizer, bool faithful = false) =>
        new DialectWriter(PeerTable.Of(peer), Require.NotNull(optimizer), faithful).Write();

    /// <summary>The functions of a peer that <see cref="Read"/> knows; sorted.</summary>
    /// <param name="peer">The peer.</param>
    /// <returns>The names, without qualifiers.</returns>
    public static IReadOnlyList<string> Known(Peer peer) => [.. PeerTable.Of(peer).Names.Order(StringComparer.Ordinal)];
}
