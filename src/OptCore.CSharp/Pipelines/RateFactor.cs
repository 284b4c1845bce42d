namespace OptCore;

/// <summary>A factor of the learning rate of the tensors that match a pattern.</summary>
/// <param name="Pattern">The glob pattern.</param>
/// <param name="Factor">The factor of η_t, ≥ 0 and finite.</param>
public sealed record RateFactor(string Pattern, double Factor);
