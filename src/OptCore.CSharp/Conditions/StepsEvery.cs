namespace OptCore;

/// <summary>In every n-th update: <c>t mod n = o</c>, t = 0, 1, … the number of updates applied before.</summary>
/// <param name="Period">n: n ≥ 1; 1 for always.</param>
/// <example><c>sgd 0.1 |> onlyWhen (StepsEvery(10, Offset = 9)) (centralize)</c> acts in the last of ten updates.</example>
public sealed record StepsEvery(long Period) : ICondition
{
    /// <summary>n, the number of updates of which one is meant: n ≥ 1.</summary>
    public long Period { get; init => field = Require.Count(value, nameof(Period), least: 1); } =
        Require.Count(Period, nameof(Period), least: 1);

    /// <summary>o, which of them: o ≥ 0, counted modulo n. Default 0, the first.</summary>
    public long Offset { get; init => field = Require.Count(value, nameof(Offset), least: 0); }

    string ICondition.Equation => FormattableString.Invariant($"t mod {Period} = {Offset % Period}");

    bool ICondition.Holds(StepFacts step) => step.Step % Period == Offset % Period;
}
