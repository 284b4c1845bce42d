namespace OptCore;

/// <summary>One part of a partition: the optimizer of the tensors whose first match is the pattern.</summary>
/// <param name="Pattern">The glob pattern.</param>
/// <param name="Optimizer">The optimizer of those tensors.</param>
public sealed record OptimizerPart(string Pattern, Optimizer Optimizer);
