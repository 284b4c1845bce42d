namespace OptCore;

/// <summary>Where a peer does something else than the optimizer here, which follows the paper.</summary>
/// <param name="Call">The peer's function: <c>clip_grad_norm_</c>.</param>
/// <param name="Text">What it does, and what is done here.</param>
public sealed record DialectNote(string Call, string Text)
{
    /// <summary>One line.</summary>
    /// <returns>The text: <c>clip_grad_norm_: divides by the norm plus 1e-6; …</c>.</returns>
    public override string ToString() => $"{Call}: {Text}";
}
