namespace OptCore;

/// <summary>A schedule together with the tensors whose rate it multiplies.</summary>
/// <param name="Schedule">The schedule.</param>
/// <param name="Scope">The tensors.</param>
public sealed record ScopedSchedule(ISchedule Schedule, Scope Scope);
