namespace OptCore;

/// <summary>In the first n updates: <c>t &lt; n</c>, t = 0, 1, … the number of updates applied before.</summary>
/// <param name="Step">n, the first t at which it holds no longer: n ≥ 0; 0 for never.</param>
/// <example><c>sgd 0.1 |> onlyWhen (StepsUntil 100) (clip 1.0)</c></example>
public sealed record StepsUntil(long Step) : ICondition
{
    /// <summary>n, the first t at which it holds no longer: n ≥ 0.</summary>
    public long Step { get; init => field = Require.Count(value, nameof(Step), least: 0); } = Require.Count(Step, nameof(Step), least: 0);

    string ICondition.Equation => FormattableString.Invariant($"t < {Step}");

    bool ICondition.Holds(StepFacts step) => step.Step < Step;
}
