namespace OptCore;

/// <summary>From update n on: <c>t ≥ n</c>, t = 0, 1, … the number of updates applied before.</summary>
/// <param name="Step">n, the first t at which it holds: n ≥ 0; 0 for always.</param>
/// <example><c>adam 0.001 |> onlyWhen (StepsFrom 100) (weightDecay 0.01)</c></example>
public sealed record StepsFrom(long Step) : ICondition
{
    /// <summary>n, the first t at which it holds: n ≥ 0.</summary>
    public long Step { get; init => field = Require.Count(value, nameof(Step), least: 0); } = Require.Count(Step, nameof(Step), least: 0);

    string ICondition.Equation => FormattableString.Invariant($"t ≥ {Step}");

    bool ICondition.Holds(StepFacts step) => step.Step >= Step;
}
