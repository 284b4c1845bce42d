namespace OptCore;

/// <summary>What a condition looks at besides the number of the step.</summary>
[Flags]
public enum StepMeasures
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>‖g‖, which costs a pass over the gradient.</summary>
    GradientNorm = 1,

    /// <summary>The loss: a step without one is an <see cref="ArgumentException"/>.</summary>
    Loss = 2,
}

/// <summary>What is known of a step before any stage has run: what conditions are asked about.</summary>
/// <param name="Step">t, the number of updates applied: 0, 1, …</param>
/// <param name="GradientNorm">‖g‖ of the gradient handed in, over all tensors that are not frozen; NaN where no condition of the
/// optimizer looks at it.</param>
/// <param name="Loss">The loss handed in; NaN where there is none.</param>
public readonly record struct StepFacts(long Step, double GradientNorm, double Loss);

/// <summary>
/// Whether stages act in a step (<c>onlyWhen</c>, <c>zeroUnless</c>), as data: an immutable value with structural equality, a pure function
/// of what it is asked about.
/// </summary>
/// <remarks>
/// One of your own is a record that implements this interface; text reads it after <see cref="Words.Register{T}(string?)"/>, written as
/// other records are.
/// </remarks>
/// <example><c>adam 0.001 |> onlyWhen (StepsFrom 100) (weightDecay 0.01)</c></example>
public interface ICondition
{
    /// <summary>The condition in one line, for <c>explain</c>: <c>t ≥ 100</c>.</summary>
    string Equation { get; }

    /// <summary>What it looks at besides the number of the step.</summary>
    StepMeasures Looks => StepMeasures.None;

    /// <summary>Whether it holds in a step.</summary>
    /// <param name="step">What is known of the step.</param>
    /// <returns>True where the stages act.</returns>
    bool Holds(StepFacts step);
}
