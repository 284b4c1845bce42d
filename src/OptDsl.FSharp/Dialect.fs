namespace OptDsl

open OptCore

/// <summary>
/// Optimizers in the words of PyTorch, Optax and Keras, both ways. An argument without a counterpart is a <c>DialectException</c> that
/// names it, its value and its place; where a peer deviates from the paper the optimizer follows the paper and <c>notes</c> says so.
/// </summary>
[<RequireQualifiedAccess>]
module Dialect =

    /// <summary>
    /// A constructor of PyTorch, with clip functions and schedulers beside it:
    /// <c>Dialect.torch "Adam(lr=0.1, betas=(0.9, 0.99)), StepLR(7, 0.5)"</c>. An argument that cannot be expressed is a
    /// <c>DialectException</c>.
    /// </summary>
    let torch (text: string) : Optimizer =
        OptCore.Dialect.Read(Peer.Torch, text).Optimizer

    /// <summary>
    /// A constructor or a chain of Optax: <c>Dialect.optax "optax.adamw(1e-3, b1=0.95)"</c>. An argument that cannot be expressed is a
    /// <c>DialectException</c>.
    /// </summary>
    let optax (text: string) : Optimizer =
        OptCore.Dialect.Read(Peer.Optax, text).Optimizer

    /// <summary>
    /// A constructor of Keras: <c>Dialect.keras "SGD(learning_rate=0.1, momentum=0.9)"</c>. An argument that cannot be expressed is a
    /// <c>DialectException</c>.
    /// </summary>
    let keras (text: string) : Optimizer =
        OptCore.Dialect.Read(Peer.Keras, text).Optimizer

    /// <summary>In what a peer does something else than the optimizer that its text gives here; empty where it does the same.</summary>
    let notes (peer: Peer) (text: string) : DialectNote list =
        OptCore.Dialect.Read(peer, text).Notes |> List.ofSeq

    /// <summary>What the peer does, mistakes included; a text whose deviation cannot be expressed is a <c>DialectException</c>.</summary>
    let faithful (peer: Peer) (text: string) : Optimizer =
        OptCore.Dialect.Read(peer, text, faithful = true).Optimizer

    /// <summary>
    /// The code that does the same in PyTorch, with what it does otherwise as comments: <c>adam 0.1 |> Dialect.toTorch</c>. What has no
    /// counterpart there is a <c>DialectException</c> that names it.
    /// </summary>
    let toTorch (optimizer: Optimizer) : string =
        string (OptCore.Dialect.Write(Peer.Torch, optimizer))

    /// <summary>
    /// The code that does the same in Optax, with what it does otherwise as comments. What has no counterpart there is a
    /// <c>DialectException</c> that names it.
    /// </summary>
    let toOptax (optimizer: Optimizer) : string =
        string (OptCore.Dialect.Write(Peer.Optax, optimizer))

    /// <summary>
    /// The code that does the same in Keras, with what it does otherwise as comments. What has no counterpart there is a
    /// <c>DialectException</c> that names it.
    /// </summary>
    let toKeras (optimizer: Optimizer) : string =
        string (OptCore.Dialect.Write(Peer.Keras, optimizer))
