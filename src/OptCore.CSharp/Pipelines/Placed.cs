namespace OptCore;

/// <summary>A stage together with the tensors it acts on.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Scope">The tensors.</param>
public sealed record PlacedStage(IStage Stage, Scope Scope);

/// <summary>A schedule together with the tensors whose rate it multiplies.</summary>
/// <param name="Schedule">The schedule.</param>
/// <param name="Scope">The tensors.</param>
public sealed record PlacedSchedule(ISchedule Schedule, Scope Scope);

/// <summary>A factor of the learning rate of the tensors that match a pattern.</summary>
/// <param name="Pattern">The glob pattern.</param>
/// <param name="Factor">The factor of η_t, ≥ 0 and finite.</param>
public sealed record RateFactor(string Pattern, double Factor);

/// <summary>One part of a partition: the optimizer of the tensors whose first match is the pattern.</summary>
/// <param name="Pattern">The glob pattern.</param>
/// <param name="Optimizer">The optimizer of those tensors.</param>
public sealed record OptimizerPart(string Pattern, Optimizer Optimizer);
