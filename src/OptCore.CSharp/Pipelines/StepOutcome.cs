namespace OptCore;

/// <summary>What became of a gradient.</summary>
public enum StepOutcome
{
    /// <summary>The parameters were updated.</summary>
    Updated,

    /// <summary>The gradient was taken up; more are needed for an update (<c>accumulate</c>).</summary>
    Held,

    /// <summary>The gradient was refused: not finite (<c>skipNonFinite</c>, <c>lossScale</c>) or too large (<c>skipLarge</c>).</summary>
    Skipped,

    /// <summary>
    /// A line search found no step along the direction: the parameters stayed; t and the state of all stages went on.
    /// </summary>
    LineSearchFailed,
}

/// <summary>Questions about outcomes.</summary>
internal static class StepOutcomes
{
    /// <summary>Whether t went on.</summary>
    public static bool HasUpdated(this StepOutcome outcome) => outcome is StepOutcome.Updated or StepOutcome.LineSearchFailed;
}
