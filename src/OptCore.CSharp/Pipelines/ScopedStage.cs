namespace OptCore;

/// <summary>A stage together with the tensors it acts on.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Scope">The tensors.</param>
public sealed record ScopedStage(IStage Stage, Scope Scope);
